variable "tenancy_ocid" {
  description = "The tenancy: users and groups belong to it."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.tenancy\\.[a-z0-9]+\\.[a-z0-9-]*\\.[a-z0-9]+$", var.tenancy_ocid))
    error_message = "tenancy_ocid must be an OCID that begins with ocid1.tenancy."
  }
}

variable "compartment_ocid" {
  description = "The compartment of the bucket and of the policy. The tenancy's own OCID stands for the root compartment."
  type        = string

  validation {
    condition     = can(regex("^ocid1\\.(compartment|tenancy)\\.[a-z0-9]+\\.[a-z0-9-]*\\.[a-z0-9]+$", var.compartment_ocid))
    error_message = "compartment_ocid must be an OCID that begins with ocid1.compartment. or ocid1.tenancy."
  }
}

variable "region" {
  description = "The region of the bucket: HeatWave's own, such as us-ashburn-1. The same as the SAM parameter OciRegion."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be a region identifier such as us-ashburn-1."
  }
}

variable "home_region" {
  description = "The tenancy's home region, where users, groups and policies are made."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.home_region))
    error_message = "home_region must be a region identifier such as us-ashburn-1."
  }
}

variable "config_file_profile" {
  description = "The profile of ~/.oci/config that Terraform itself uses. null: its default, or environment variables."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the user, the group and the policy, and the beginning of every other name."
  type        = string
  default     = "snapshotbridge"

  validation {
    # It stands in policy statements as it is.
    condition     = can(regex("^[a-z][a-z0-9-]{1,60}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 62 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "user_email" {
  description = "The user's e-mail address. Tenancies with identity domains ask for one; OCI writes to it about the user's keys."
  type        = string
  default     = null

  validation {
    condition     = var.user_email == null || can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", coalesce(var.user_email, "a@b.c")))
    error_message = "user_email must be an e-mail address."
  }
}

variable "bucket_name" {
  description = "Name of the bucket that receives the Parquet files. The same as the SAM parameter OciBucket."
  type        = string

  validation {
    # It stands between single quotes in policy statements.
    condition     = can(regex("^[A-Za-z0-9._-]{1,256}$", var.bucket_name))
    error_message = "bucket_name must be 1 to 256 letters, digits, hyphens, underscores and periods."
  }
}

variable "destination_prefix" {
  description = "Folder below which each export gets its own folder. The same as the SAM parameter DestinationPrefix: empty, or ending with a slash."
  type        = string
  default     = ""

  validation {
    condition     = var.destination_prefix == "" || can(regex("^[^/].*/$", var.destination_prefix))
    error_message = "destination_prefix must be empty, or a folder such as landing/ that does not begin with a slash and ends with one."
  }
}

variable "delete_exports_after_days" {
  description = "Days after which the objects of an export are deleted; null keeps them. HeatWave reads them again after some restarts: keep them for as long as tables that were loaded from them are in use."
  type        = number
  default     = null

  validation {
    condition     = var.delete_exports_after_days == null || (coalesce(var.delete_exports_after_days, 1) >= 1 && floor(coalesce(var.delete_exports_after_days, 1)) == coalesce(var.delete_exports_after_days, 1))
    error_message = "delete_exports_after_days must be a whole number from 1, or null."
  }
}

variable "abort_uploads_after_days" {
  description = "Days after which an upload in parts that nobody completed is dropped: its parts are billed until then."
  type        = number
  default     = 7

  validation {
    # A redrive may continue an upload for 14 days; what was dropped is sent again.
    condition     = var.abort_uploads_after_days >= 1 && floor(var.abort_uploads_after_days) == var.abort_uploads_after_days
    error_message = "abort_uploads_after_days must be a whole number from 1."
  }
}

variable "kms_key_ocid" {
  description = "OCID of a Vault key to encrypt the bucket with; null leaves it to Oracle's own key. Object Storage must be allowed to use it (README)."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_ocid == null || can(regex("^ocid1\\.key\\.", coalesce(var.kms_key_ocid, "ocid1.key.")))
    error_message = "kms_key_ocid must be an OCID that begins with ocid1.key."
  }
}

variable "api_public_key_file" {
  description = "Path of the public half of the user's API key, PEM. The private half never comes near Terraform: see README, \"The API key\"."
  type        = string

  validation {
    condition     = can(regex("^-----BEGIN PUBLIC KEY-----", trimspace(file(var.api_public_key_file))))
    error_message = "api_public_key_file must be an RSA public key in PEM form, beginning with -----BEGIN PUBLIC KEY-----. A private key has no place here."
  }
}

variable "freeform_tags" {
  description = "Tags on everything that takes them."
  type        = map(string)
  default     = {}
}

variable "network_load_balancer" {
  description = "Makes a public network load balancer that passes TLS through to the DB System; null makes none. The README, \"The way to HeatWave\", says when."
  type = object({
    subnet_ocid         = string                 # a public subnet of the DB System's VCN
    vcn_ocid            = string                 # its VCN, for the security group
    db_system_ip        = string                 # the DB System's private address
    port                = optional(number, 3306) # the DB System's port, and the load balancer's
    allowed_cidrs       = list(string)           # who may connect: the addresses of the NAT gateways behind which the function stands
    reserved_public_ips = optional(list(string), [])
  })
  default = null

  validation {
    condition = var.network_load_balancer == null ? true : (
      length(var.network_load_balancer.allowed_cidrs) > 0
      && alltrue([for cidr in var.network_load_balancer.allowed_cidrs : can(cidrhost(cidr, 0)) && !contains(["0.0.0.0/0", "::/0"], cidr)])
    )
    error_message = "network_load_balancer.allowed_cidrs must name the addresses that may connect, such as 203.0.113.7/32, and never everybody."
  }

  validation {
    condition     = var.network_load_balancer == null ? true : can(cidrhost("${var.network_load_balancer.db_system_ip}/32", 0))
    error_message = "network_load_balancer.db_system_ip must be the DB System's private IPv4 address."
  }

  validation {
    condition     = var.network_load_balancer == null ? true : length(var.network_load_balancer.reserved_public_ips) <= 1
    error_message = "network_load_balancer.reserved_public_ips takes the OCID of one reserved public IP, or none."
  }
}
