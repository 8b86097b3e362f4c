"""What the local AWS endpoints answer to AWS's own Python SDK. Every check that fails ends the script with its text."""
import base64
import gzip
import hashlib
import json
import os
import socket
import sys
import tempfile
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "boto-bucket"
resolve = socket.getaddrinfo
# Not every resolver knows that names below localhost are this machine.
socket.getaddrinfo = lambda host, *rest, **named: resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named)
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"failed: {what}")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        check(error.response["Error"]["Code"] == code, f"{code} expected, got {error}")
        return
    sys.exit(f"failed: {code} expected, but the call succeeded")


def client(service, **settings):
    config = settings.pop("config", {})
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}, **config), **settings)


def objects(s3, note):
    content = bytes(range(256)) * 500
    key = "exports/rds:x/Größe a+b/part 1.parquet"
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=content, Metadata={"note": "x"})
    check(put["ServerSideEncryption"] == "aws:kms", f"{note}: encryption of a put")
    got = s3.get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    check(got["Body"].read() == content, f"{note}: content")
    check(got["Metadata"] == {"note": "x"}, f"{note}: metadata")
    check(got["ETag"].strip('"') != hashlib.md5(content).hexdigest(), f"{note}: the ETag is no MD5")
    ranged = s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=-10")
    check(ranged["Body"].read() == content[-10:], f"{note}: suffix range")
    check(ranged["ContentRange"] == f"bytes {len(content) - 10}-{len(content) - 1}/{len(content)}", f"{note}: content range")
    refused("InvalidRange", s3.get_object, Bucket=BUCKET, Key=key, Range=f"bytes={len(content)}-")
    refused("NoSuchKey", s3.get_object, Bucket=BUCKET, Key="none")
    refused("404", s3.head_object, Bucket=BUCKET, Key="none")
    refused("PreconditionFailed", s3.put_object, Bucket=BUCKET, Key=key, Body=b"", IfNoneMatch="*")
    refused("PreconditionFailed", s3.get_object, Bucket=BUCKET, Key=key, IfMatch='"other"')
    refused("304", s3.get_object, Bucket=BUCKET, Key=key, IfNoneMatch=got["ETag"])
    s3.copy_object(Bucket=BUCKET, Key="copied", CopySource={"Bucket": BUCKET, "Key": key})
    check(s3.get_object(Bucket=BUCKET, Key="copied")["Body"].read() == content, f"{note}: copy")

    listed = [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 1}) for item in page["Contents"]]
    check(listed == ["copied", key], f"{note}: listing {listed}")
    rolled = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    check([item["Prefix"] for item in rolled["CommonPrefixes"]] == ["exports/"], f"{note}: common prefixes")
    check(s3.list_objects_v2(Bucket=BUCKET, StartAfter="copied")["KeyCount"] == 1, f"{note}: start after")
    check([item["Key"] for item in s3.list_objects(Bucket=BUCKET)["Contents"]] == listed, f"{note}: first version of the listing")
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": name} for name in listed]})
    check(len(deleted["Deleted"]) == 2, f"{note}: delete")
    check(s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0, f"{note}: empty after the delete")


def checksums(s3):
    for algorithm, digest in (("CRC32", None), ("SHA1", hashlib.sha1), ("SHA256", hashlib.sha256)):
        put = s3.put_object(Bucket=BUCKET, Key="sum", Body=b"123456789", ChecksumAlgorithm=algorithm)
        expected = base64.b64encode(digest(b"123456789").digest()).decode() if digest else "y/Q5Jg=="
        check(put[f"Checksum{algorithm}"] == expected, f"{algorithm} of a put")
        head = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
        check(head[f"Checksum{algorithm}"] == expected and head["ChecksumType"] == "FULL_OBJECT", f"{algorithm} of a head")
    # Without the native extension the SDK does not compute these itself, but sends what it is given.
    s3.put_object(Bucket=BUCKET, Key="sum", Body=b"123456789", ChecksumCRC64NVME="rosUhgp5mIg=")
    s3.put_object(Bucket=BUCKET, Key="sum", Body=b"123456789", ChecksumCRC32C="4waSgw==")
    refused("BadDigest", s3.put_object, Bucket=BUCKET, Key="sum", Body=b"123456780", ChecksumCRC64NVME="rosUhgp5mIg=")
    refused("BadDigest", s3.put_object, Bucket=BUCKET, Key="sum", Body=b"123456780", ContentMD5=base64.b64encode(hashlib.md5(b"123456789").digest()).decode())
    check(s3.get_object(Bucket=BUCKET, Key="sum")["Body"].read() == b"123456789", "what was refused changed nothing")
    s3.delete_object(Bucket=BUCKET, Key="sum")


def multipart(s3):
    content = os.urandom(1) * (12 * 1024 * 1024 + 5)
    with tempfile.NamedTemporaryFile() as file, tempfile.NamedTemporaryFile() as back:
        file.write(content)
        file.flush()
        settings = TransferConfig(multipart_threshold=6 * 1024 * 1024, multipart_chunksize=6 * 1024 * 1024, max_concurrency=3)
        s3.upload_file(file.name, BUCKET, "big", Config=settings)
        s3.download_file(BUCKET, "big", back.name, Config=settings)
        # The SDK renames its own file over ours.
        with open(back.name, "rb") as downloaded:
            check(downloaded.read() == content, "multipart upload and ranged download")
    check(s3.head_object(Bucket=BUCKET, Key="big")["ETag"].endswith('-3"'), "ETag of a multipart upload")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="open")["UploadId"]
    part = s3.upload_part(Bucket=BUCKET, Key="open", UploadId=upload, PartNumber=1, Body=b"x")
    check([item["UploadId"] for item in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == [upload], "open uploads")
    check([item["ETag"] for item in s3.list_parts(Bucket=BUCKET, Key="open", UploadId=upload)["Parts"]] == [part["ETag"]], "parts")
    refused("InvalidPart", s3.complete_multipart_upload, Bucket=BUCKET, Key="open", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": part["ETag"]}]})
    s3.abort_multipart_upload(Bucket=BUCKET, Key="open", UploadId=upload)
    refused("NoSuchUpload", s3.list_parts, Bucket=BUCKET, Key="open", UploadId=upload)
    s3.delete_object(Bucket=BUCKET, Key="big")


def presigned(s3):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "a b"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(url, data=b"hello", method="PUT", headers={"Content-Type": ""})).close()
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b"}, ExpiresIn=60)
    with urllib.request.urlopen(url) as answer:
        check(answer.read() == b"hello", "presigned get")
    s3.delete_object(Bucket=BUCKET, Key="a b")


def exports(rds, snapshot):
    found = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="nightly")["DBClusterSnapshots"]
    check([item["DBClusterSnapshotArn"] for item in found] == [snapshot], "cluster snapshot")
    refused("DBSnapshotNotFound", rds.describe_db_snapshots, DBSnapshotIdentifier="none")
    arguments = dict(SourceArn=snapshot, S3BucketName=BUCKET, IamRoleArn="arn:aws:iam::123456789012:role/r", KmsKeyId="alias/k", ExportOnly=["world", "shop.orders"])
    started = rds.start_export_task(ExportTaskIdentifier="boto-task", **arguments)
    check(started["Status"] == "STARTING" and started["ExportOnly"] == ["world", "shop.orders"], "started export task")
    refused("ExportTaskAlreadyExists", rds.start_export_task, ExportTaskIdentifier="boto-task", **arguments)
    refused("InvalidParameterValue", rds.start_export_task, ExportTaskIdentifier="boto--task", **arguments)
    refused("ExportTaskNotFound", rds.describe_export_tasks, ExportTaskIdentifier="none")
    listed = rds.describe_export_tasks(Filters=[{"Name": "status", "Values": ["starting"]}], MaxRecords=20)["ExportTasks"]
    check([item["ExportTaskIdentifier"] for item in listed] == ["boto-task"], "filter by status")
    check(rds.cancel_export_task(ExportTaskIdentifier="boto-task")["Status"] == "CANCELING", "cancelled export task")


def secrets(manager):
    arn = manager.create_secret(Name="boto/secret", SecretString=json.dumps({"a": "ü"}))["ARN"]
    check(json.loads(manager.get_secret_value(SecretId=arn)["SecretString"]) == {"a": "ü"}, "secret text")
    manager.put_secret_value(SecretId="boto/secret", SecretBinary=gzip.compress(b"x"))
    check(gzip.decompress(manager.get_secret_value(SecretId="boto/secret")["SecretBinary"]) == b"x", "secret bytes")
    check([item["Name"] for item in manager.list_secrets()["SecretList"]] == ["boto/secret"], "secrets")
    refused("ResourceNotFoundException", manager.get_secret_value, SecretId="none")


def events(bus):
    detail = json.dumps({"a": "ü"})
    good = {"Source": "boto", "DetailType": "Tried", "Detail": detail, "Resources": ["arn:x"]}
    answer = bus.put_events(Entries=[good, {**good, "Detail": "[1]"}, {**good, "Detail": "{"}, {**good, "Source": "aws.s3"}, {"Source": "boto", "Detail": detail}])
    check(answer["FailedEntryCount"] == 4, f"refused entries {answer}")
    check("EventId" in answer["Entries"][0] and "ErrorCode" not in answer["Entries"][0], "a taken entry has an id")
    codes = [entry["ErrorCode"] for entry in answer["Entries"][1:]]
    check(codes == ["MalformedDetail", "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument"], f"codes of refused entries {codes}")
    refused("ValidationException", bus.put_events, Entries=[good] * 11)
    refused("ValidationException", bus.put_events, Entries=[{**good, "Detail": json.dumps({"a": "x" * 262144})}])
    check(bus.put_events(Entries=[good] * 10)["FailedEntryCount"] == 0, "ten entries")


def strangers():
    wrong = dict(aws_secret_access_key="wrong", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"])
    refused("SignatureDoesNotMatch", client("s3", **wrong).list_buckets)
    refused("SignatureDoesNotMatch", client("rds", **wrong).describe_export_tasks)
    refused("InvalidSignatureException", client("secretsmanager", **wrong).list_secrets)
    refused("InvalidSignatureException", client("events", **wrong).put_events, Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}"}])
    unknown = dict(aws_secret_access_key="wrong", aws_access_key_id="AKIANOBODY")
    refused("InvalidAccessKeyId", client("s3", **unknown).list_buckets)
    refused("InvalidClientTokenId", client("rds", **unknown).describe_export_tasks)
    refused("UnrecognizedClientException", client("secretsmanager", **unknown).list_secrets)


s3 = client("s3")
s3.create_bucket(Bucket=BUCKET)
s3.head_bucket(Bucket=BUCKET)
objects(s3, "default checksums")
objects(client("s3", config={"request_checksum_calculation": "when_required"}), "checksums when required")
objects(client("s3", config={"s3": {"payload_signing_enabled": True}}), "signed payload")
port = os.environ["AWS_ENDPOINT_URL_S3"].rstrip("/").rsplit(":", 1)[1]
objects(client("s3", endpoint_url=f"http://s3.localhost:{port}", config={"s3": {"addressing_style": "virtual"}}), "virtual host")
checksums(s3)
multipart(s3)
presigned(client("s3", config={"signature_version": "s3v4"}))
refused("NoSuchBucket", s3.list_objects_v2, Bucket="nobodys-bucket")
exports(client("rds"), sys.argv[1])
secrets(client("secretsmanager"))
events(client("events"))
strangers()
s3.delete_bucket(Bucket=BUCKET)
print(f"{checks} checks passed")
