resource "oci_identity_group" "bridge" {
  provider       = oci.home
  compartment_id = var.tenancy_ocid
  name           = var.name
  description    = "What SnapshotBridge may do in Object Storage: see policy ${var.name}."
  freeform_tags  = var.freeform_tags
}

resource "oci_identity_user" "bridge" {
  provider       = oci.home
  compartment_id = var.tenancy_ocid
  name           = var.name
  description    = "SnapshotBridge's functions in AWS. It has an API key and nothing else."
  email          = var.user_email
  freeform_tags  = var.freeform_tags
}

resource "oci_identity_user_group_membership" "bridge" {
  provider = oci.home
  user_id  = oci_identity_user.bridge.id
  group_id = oci_identity_group.bridge.id
}

# No console, no tokens, no S3 keys: one way in.
resource "oci_identity_user_capabilities_management" "bridge" {
  provider                     = oci.home
  user_id                      = oci_identity_user.bridge.id
  can_use_api_keys             = true
  can_use_auth_tokens          = false
  can_use_console_password     = false
  can_use_customer_secret_keys = false
  can_use_smtp_credentials     = false
}

# The public half alone. A user can have three keys: to rotate, upload the new one first, change the secret in AWS, and
# remove the old one; functions that run take the new one when the old one is refused.
resource "oci_identity_api_key" "bridge" {
  provider   = oci.home
  user_id    = oci_identity_user.bridge.id
  key_value  = trimspace(file(var.api_public_key_file))
  depends_on = [oci_identity_user_capabilities_management.bridge]

  lifecycle {
    create_before_destroy = true
  }
}
