# What modelrollout.yaml names: a listener whose default action forwards to two target groups, and an alarm.
# Written for the provider hashicorp/aws, 5.0 or later.

variable "vpc_id" {
  type = string
}

variable "certificate_arn" {
  type = string
}

data "aws_lb" "translate" {
  name = "translate"
}

resource "aws_lb_target_group" "a" {
  name                 = "translate-a"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 30

  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_target_group" "b" {
  name                 = "translate-b"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 30

  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_listener" "translate" {
  load_balancer_arn = data.aws_lb.translate.arn
  protocol          = "HTTPS"
  port              = 443
  certificate_arn   = var.certificate_arn

  default_action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.a.arn
        weight = 1
      }
      target_group {
        arn    = aws_lb_target_group.b.arn
        weight = 0
      }
    }
  }

  # Which namespaces may move these weights. Without the tag the operator touches nothing.
  tags = {
    "modelrollout.dev/namespaces" = "models"
  }

  # The weights are the operator's: without this the next `terraform apply` puts them back as above, in the middle of
  # a release. It names the whole action, because Terraform cannot name a weight in it (target_group is a set).
  lifecycle {
    ignore_changes = [default_action]
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "translate-5xx"
  alarm_description   = "More than 10 answers a minute with a status of 5xx, two minutes long"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10
  treat_missing_data  = "notBreaching" # no errors, no data

  dimensions = {
    LoadBalancer = data.aws_lb.translate.arn_suffix
  }
}

# For modelrollout.yaml.
output "rule" {
  value = aws_lb_listener.translate.arn
}

output "target_groups" {
  value = {
    a = aws_lb_target_group.a.arn
    b = aws_lb_target_group.b.arn
  }
}
