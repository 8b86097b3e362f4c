terraform {
  # check blocks and optional() in object types are used.
  required_version = ">= 1.5.0, < 2.0.0"

  required_providers {
    oci = {
      source = "oracle/oci"
      # Any 7.x: the resources below have had these arguments since 5.x. The lock file of `terraform init` pins the rest.
      version = "~> 7.0"
    }
  }
}

# Credentials come from ~/.oci/config or the environment of whoever runs this: an administrator, never the loading user.
provider "oci" {
  region              = var.region
  config_file_profile = var.config_file_profile
}

# Users, groups and API keys are made in the tenancy's home region, wherever the bucket is.
provider "oci" {
  alias               = "home"
  region              = var.home_region
  config_file_profile = var.config_file_profile
}
