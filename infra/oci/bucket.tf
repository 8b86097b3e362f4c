data "oci_objectstorage_namespace" "this" {
  compartment_id = var.tenancy_ocid
}

resource "oci_objectstorage_bucket" "exports" {
  compartment_id = var.compartment_ocid
  namespace      = data.oci_objectstorage_namespace.this.namespace
  name           = var.bucket_name

  # HeatWave reads through pre-authenticated requests of one prefix and a day; nothing is ever public.
  access_type = "NoPublicAccess"

  # A deleted export is to be gone, not to be billed as an earlier version. Nothing is overwritten either: objects are
  # written with If-None-Match.
  versioning = "Disabled"

  # HeatWave reads whole exports at once, and reading from the infrequent tier is billed.
  auto_tiering = "Disabled"
  storage_tier = "Standard"

  kms_key_id    = var.kms_key_ocid
  freeform_tags = var.freeform_tags

  lifecycle {
    # The bucket holds what tables were loaded from. To remove it: README, "Removal".
    prevent_destroy = true
  }
}

# Without this statement OCI refuses the rules below: the service itself carries them out. It is the documented form, for
# the service principal alone; whether OCI accepts the rules with "where target.bucket.name" added is not documented.
resource "oci_identity_policy" "lifecycle" {
  provider       = oci.home
  compartment_id = var.compartment_ocid
  name           = "${var.name}-lifecycle"
  description    = "Lets Object Storage carry out the lifecycle rules of bucket ${var.bucket_name}."
  freeform_tags  = var.freeform_tags
  statements = [
    "Allow service objectstorage-${var.region} to manage object-family in ${local.compartment}",
  ]
}

resource "oci_objectstorage_object_lifecycle_policy" "exports" {
  namespace  = oci_objectstorage_bucket.exports.namespace
  bucket     = oci_objectstorage_bucket.exports.name
  depends_on = [oci_identity_policy.lifecycle]

  rules {
    name        = "incomplete-uploads"
    action      = "ABORT"
    target      = "multipart-uploads" # takes no filter: it is for the whole bucket
    time_amount = var.abort_uploads_after_days
    time_unit   = "DAYS"
    is_enabled  = true
  }

  dynamic "rules" {
    for_each = var.delete_exports_after_days == null ? [] : [var.delete_exports_after_days]
    content {
      name        = "old-exports"
      action      = "DELETE"
      target      = "objects"
      time_amount = rules.value
      time_unit   = "DAYS"
      is_enabled  = true

      dynamic "object_name_filter" {
        for_each = var.destination_prefix == "" ? [] : [var.destination_prefix]
        content {
          inclusion_prefixes = [object_name_filter.value]
        }
      }
    }
  }
}
