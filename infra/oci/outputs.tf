output "sam_parameters" {
  description = "The SAM parameters of the Oracle side, in the form of sam deploy --parameter-overrides."
  value = join(" ", [
    "OciRegion=${var.region}",
    "OciNamespace=${oci_objectstorage_bucket.exports.namespace}",
    "OciBucket=${oci_objectstorage_bucket.exports.name}",
    "DestinationPrefix=${var.destination_prefix}",
  ])
}

output "secret_skeleton" {
  description = "The OCI secret's JSON, but for the private key, which you put in from its file (README, \"The secret\"). Nothing in it is secret."
  value = jsonencode({
    tenancy     = var.tenancy_ocid
    user        = oci_identity_user.bridge.id
    fingerprint = oci_identity_api_key.bridge.fingerprint
    privateKey  = ""
  })
}

output "heatwave_public_ips" {
  description = "The network load balancer's public addresses; empty where none was made. A name in the DB System's certificate must resolve to one of them for HeatWaveSslMode=VerifyFull."
  value = [
    for address in try(oci_network_load_balancer_network_load_balancer.entry[0].ip_addresses, []) : address.ip_address if address.is_public
  ]
}
