# One of the ways in README, "The way to HeatWave": a network load balancer on layer 4. TLS ends at the DB System, not
# here, so that the function still checks the DB System's own certificate.

resource "oci_core_network_security_group" "entry" {
  count          = var.network_load_balancer == null ? 0 : 1
  compartment_id = var.compartment_ocid
  vcn_id         = var.network_load_balancer.vcn_ocid
  display_name   = "${var.name}-entry"
  freeform_tags  = var.freeform_tags
}

resource "oci_core_network_security_group_security_rule" "entry" {
  for_each                  = var.network_load_balancer == null ? toset([]) : toset(var.network_load_balancer.allowed_cidrs)
  network_security_group_id = oci_core_network_security_group.entry[0].id
  description               = "SnapshotBridge's LoadTables"
  direction                 = "INGRESS"
  protocol                  = "6" # TCP
  source                    = each.value
  source_type               = "CIDR_BLOCK"

  tcp_options {
    destination_port_range {
      min = var.network_load_balancer.port
      max = var.network_load_balancer.port
    }
  }
}

resource "oci_core_network_security_group_security_rule" "to_db_system" {
  count                     = var.network_load_balancer == null ? 0 : 1
  network_security_group_id = oci_core_network_security_group.entry[0].id
  description               = "The DB System alone"
  direction                 = "EGRESS"
  protocol                  = "6" # TCP
  destination               = "${var.network_load_balancer.db_system_ip}/32"
  destination_type          = "CIDR_BLOCK"

  tcp_options {
    destination_port_range {
      min = var.network_load_balancer.port
      max = var.network_load_balancer.port
    }
  }
}

resource "oci_network_load_balancer_network_load_balancer" "entry" {
  count                      = var.network_load_balancer == null ? 0 : 1
  compartment_id             = var.compartment_ocid
  display_name               = "${var.name}-entry"
  subnet_id                  = var.network_load_balancer.subnet_ocid
  network_security_group_ids = [oci_core_network_security_group.entry[0].id]
  freeform_tags              = var.freeform_tags

  is_private = false
  # The DB System sees the load balancer's address, so that its own security rules name that subnet alone.
  is_preserve_source_destination = false

  dynamic "reserved_ips" {
    for_each = var.network_load_balancer.reserved_public_ips
    content {
      id = reserved_ips.value
    }
  }
}

resource "oci_network_load_balancer_backend_set" "db_system" {
  count                    = var.network_load_balancer == null ? 0 : 1
  network_load_balancer_id = oci_network_load_balancer_network_load_balancer.entry[0].id
  name                     = "db-system"
  policy                   = "FIVE_TUPLE"
  is_preserve_source       = false

  health_checker {
    protocol           = "TCP"
    port               = var.network_load_balancer.port
    interval_in_millis = 10000
    timeout_in_millis  = 3000
    retries            = 3
  }
}

resource "oci_network_load_balancer_backend" "db_system" {
  count                    = var.network_load_balancer == null ? 0 : 1
  network_load_balancer_id = oci_network_load_balancer_network_load_balancer.entry[0].id
  backend_set_name         = oci_network_load_balancer_backend_set.db_system[0].name
  ip_address               = var.network_load_balancer.db_system_ip
  port                     = var.network_load_balancer.port
}

resource "oci_network_load_balancer_listener" "mysql" {
  count                    = var.network_load_balancer == null ? 0 : 1
  network_load_balancer_id = oci_network_load_balancer_network_load_balancer.entry[0].id
  name                     = "mysql"
  default_backend_set_name = oci_network_load_balancer_backend_set.db_system[0].name
  port                     = var.network_load_balancer.port
  protocol                 = "TCP"
}
