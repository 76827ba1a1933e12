# What modelrollout.yaml names: a mesh, two virtual nodes, a router with a route to both, an alarm for each.
# Written for the provider hashicorp/aws, 5.0 or later.

resource "aws_appmesh_mesh" "models" {
  name = "forecast"
}

resource "aws_appmesh_virtual_node" "a" {
  name      = "forecast-blue"
  mesh_name = aws_appmesh_mesh.models.name

  spec {
    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }
    }
    service_discovery {
      dns {
        hostname = "forecast-blue.models.internal"
      }
    }
  }
}

resource "aws_appmesh_virtual_node" "b" {
  name      = "forecast-green"
  mesh_name = aws_appmesh_mesh.models.name

  spec {
    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }
    }
    service_discovery {
      dns {
        hostname = "forecast-green.models.internal"
      }
    }
  }
}

resource "aws_appmesh_virtual_router" "forecast" {
  name      = "forecast"
  mesh_name = aws_appmesh_mesh.models.name

  spec {
    listener {
      port_mapping {
        port     = 8080
        protocol = "http"
      }
    }
  }
}

resource "aws_appmesh_route" "forecast" {
  name                = "forecast"
  mesh_name           = aws_appmesh_mesh.models.name
  virtual_router_name = aws_appmesh_virtual_router.forecast.name

  spec {
    http_route {
      match {
        prefix = "/"
      }
      action {
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.a.name
          weight       = 100
        }
        weighted_target {
          virtual_node = aws_appmesh_virtual_node.b.name
          weight       = 0
        }
      }
    }
  }

  # Which namespaces may move these weights. Without the tag the operator touches nothing.
  tags = {
    "modelrollout.dev/namespaces" = "models"
  }

  # The weights are the operator's: without this the next `terraform apply` puts them back as above, in the middle of
  # a release.
  lifecycle {
    ignore_changes = [spec[0].http_route[0].action]
  }
}

resource "aws_cloudwatch_metric_alarm" "errors_a" {
  alarm_name          = "forecast-a-5xx"
  alarm_description   = "More than 5 answers a minute with a status of 5xx, two minutes long"
  namespace           = "CWAgent"
  metric_name         = "envoy.appmesh.HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching" # no errors, no data

  # As your CloudWatch agent writes them.
  dimensions = {
    Mesh                 = aws_appmesh_mesh.models.name
    VirtualGateway       = "edge"
    TargetVirtualService = "forecast.models.svc.cluster.local"
    TargetVirtualNode    = aws_appmesh_virtual_node.a.name
  }
}

resource "aws_cloudwatch_metric_alarm" "errors_b" {
  alarm_name          = "forecast-b-5xx"
  alarm_description   = "More than 5 answers a minute with a status of 5xx, two minutes long"
  namespace           = "CWAgent"
  metric_name         = "envoy.appmesh.HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching" # no errors, no data

  # As your CloudWatch agent writes them.
  dimensions = {
    Mesh                 = aws_appmesh_mesh.models.name
    VirtualGateway       = "edge"
    TargetVirtualService = "forecast.models.svc.cluster.local"
    TargetVirtualNode    = aws_appmesh_virtual_node.b.name
  }
}
