locals {
  # A policy names the root compartment by the word tenancy.
  compartment = startswith(var.compartment_ocid, "ocid1.tenancy.") ? "tenancy" : "compartment id ${var.compartment_ocid}"
  group       = "group id ${oci_identity_group.bridge.id}"
  bucket      = "target.bucket.name = '${var.bucket_name}'"
}

# One statement per need. There is no condition on object names: ListObjects and the calls on PARs give no object name,
# and a condition on a variable that a request does not give refuses the request, as if the bucket did not exist.
# GetNamespace needs no permission. OCI compares names in conditions without regard to case: give no other bucket of the
# compartment a name that differs in case alone.
resource "oci_identity_policy" "bridge" {
  provider       = oci.home
  compartment_id = var.compartment_ocid
  name           = var.name
  description    = "SnapshotBridge: writes exports into bucket ${var.bucket_name} and opens them to HeatWave."
  freeform_tags  = var.freeform_tags
  statements = [
    # PutObject (CopyTable's small files, LoadTables' _MANIFEST.json, the preflight's test object).
    "Allow ${local.group} to manage objects in ${local.compartment} where all {${local.bucket}, request.permission = 'OBJECT_CREATE'}",

    # CreateMultipartUpload, UploadPart and CommitMultipartUpload ask for OBJECT_OVERWRITE beside OBJECT_CREATE, also for
    # a new name; and PutObject where LoadTables replaces a _MANIFEST.json that differs. Data is never overwritten: every
    # one of these requests but the manifest's carries If-None-Match.
    "Allow ${local.group} to manage objects in ${local.compartment} where all {${local.bucket}, request.permission = 'OBJECT_OVERWRITE'}",

    # ListObjects (the gate before the load, PAR listings), HeadObject (what is there already, and its CRC32C),
    # ListMultipartUploadParts (continuing an upload).
    "Allow ${local.group} to inspect objects in ${local.compartment} where ${local.bucket}",

    # GetObject by HeatWave through a PAR: a PAR can do what its creator may do at that moment. The functions read nothing.
    "Allow ${local.group} to read objects in ${local.compartment} where ${local.bucket}",

    # DeleteObject (an object whose bytes proved wrong is removed and sent again, and the preflight removes its own) and
    # AbortMultipartUpload (an upload that cannot be completed).
    "Allow ${local.group} to manage objects in ${local.compartment} where all {${local.bucket}, request.permission = 'OBJECT_DELETE'}",

    # ListPreauthenticatedRequests (LoadTables finds the PARs of earlier attempts to remove them).
    "Allow ${local.group} to read buckets in ${local.compartment} where ${local.bucket}",

    # CreatePreauthenticatedRequest and DeletePreauthenticatedRequest (LoadTables). Of "manage buckets" nothing else.
    "Allow ${local.group} to manage buckets in ${local.compartment} where all {${local.bucket}, request.permission = 'PAR_MANAGE'}",
  ]
}
