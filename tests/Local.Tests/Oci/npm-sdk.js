// Oracle's TypeScript SDK as an independent client: put, get, list, multipart and a PAR, printed as one JSON line.
const { readFileSync } = require('node:fs')
const common = require('oci-common')
const { ObjectStorageClient } = require('oci-objectstorage')

const run = async () => {
  const { endpoint, tenancy, user, fingerprint, privateKey, bucketName } = JSON.parse(readFileSync(0, 'utf8'))
  const provider = new common.SimpleAuthenticationDetailsProvider(tenancy, user, fingerprint, privateKey, null, common.Region.US_ASHBURN_1)
  const client = new ObjectStorageClient({ authenticationDetailsProvider: provider })
  client.endpoint = endpoint
  const namespaceName = (await client.getNamespace({})).value
  const at = { namespaceName, bucketName }
  const result = { namespaceName }

  const put = await client.putObject({ ...at, objectName: 'npm/a b/ü!.txt', putObjectBody: Buffer.from('hello'), contentLength: 5, ifNoneMatch: '*', opcMeta: { 'sb-run': 'r1' } })
  result.etag = put.eTag
  try {
    await client.putObject({ ...at, objectName: 'npm/a b/ü!.txt', putObjectBody: Buffer.from('other'), contentLength: 5, ifNoneMatch: '*' })
  } catch (error) {
    result.conflict = `${error.statusCode} ${error.serviceCode}`
  }

  const head = await client.headObject({ ...at, objectName: 'npm/a b/ü!.txt' })
  result.head = { length: Number(head.contentLength), etag: head.eTag, meta: head.opcMeta }

  const { multipartUpload } = await client.createMultipartUpload({
    ...at, createMultipartUploadDetails: { object: 'npm/big', contentType: 'text/plain', metadata: { 'opc-meta-sb-run': 'r2' } }, opcChecksumAlgorithm: 'CRC32C' })
  const part = (number, text) => client.uploadPart({
    ...at, objectName: 'npm/big', uploadId: multipartUpload.uploadId, uploadPartNum: number, uploadPartBody: Buffer.from(text), contentLength: text.length, opcChecksumAlgorithm: 'CRC32C' })
  const second = await part(2, '6789')
  const first = await part(1, '12345')
  const listed = await client.listMultipartUploadParts({ ...at, objectName: 'npm/big', uploadId: multipartUpload.uploadId })
  result.parts = listed.items.map(item => [item.partNumber, item.size, item.etag === (item.partNumber === 1 ? first : second).eTag])
  const commit = await client.commitMultipartUpload({
    ...at, objectName: 'npm/big', uploadId: multipartUpload.uploadId,
    commitMultipartUploadDetails: { partsToCommit: [{ partNum: 1, etag: first.eTag }, { partNum: 2, etag: second.eTag }] } })
  result.crc32c = commit.opcContentCrc32c

  const list = await client.listObjects({ ...at, prefix: 'npm/', fields: 'name,size,etag,md5,timeCreated' })
  result.list = list.listObjects.objects.map(item => [item.name, item.size])
  result.one = (await client.listObjects({ ...at, prefix: 'npm/', limit: 1 })).listObjects.nextStartWith

  const get = await client.getObject({ ...at, objectName: 'npm/big', range: { contentLength: undefined, startByte: 3, endByte: 5, toString: () => 'bytes=3-5' } }).catch(error => ({ error }))
  result.range = get.error ? String(get.error.message) : await text(get.value)

  const { preauthenticatedRequest } = await client.createPreauthenticatedRequest({
    ...at, createPreauthenticatedRequestDetails: { name: 'p', objectName: 'npm/', accessType: 'AnyObjectRead', bucketListingAction: 'ListObjects', timeExpires: new Date(Date.now() + 3600e3) } })
  const url = endpoint.replace(/\/$/, '') + preauthenticatedRequest.accessUri
  result.par = { body: await (await fetch(url + 'npm/big')).text(), outside: (await fetch(url + 'other')).status,
    list: (await (await fetch(url + '?prefix=npm/')).json()).objects.length }
  await client.deletePreauthenticatedRequest({ ...at, parId: preauthenticatedRequest.id })
  result.par.after = (await fetch(url + 'npm/big')).status

  await client.deleteObject({ ...at, objectName: 'npm/big', ifMatch: commit.eTag })
  result.gone = await client.headObject({ ...at, objectName: 'npm/big' }).then(() => 200, error => error.statusCode)
  console.log(JSON.stringify(result))
}

const text = async value => {
  const chunks = []
  for await (const chunk of value) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

run().catch(error => {
  console.error(error)
  process.exit(1)
})
