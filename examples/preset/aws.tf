# What modelrollout.yaml names: two target groups, a rule that forwards to both, an alarm for each.
# A load balancer with a listener on port 443 is taken as given. Written for the provider hashicorp/aws, 5.0 or later.

variable "vpc_id" {
  type = string
}

data "aws_lb" "models" {
  name = "models"
}

data "aws_lb_listener" "https" {
  load_balancer_arn = data.aws_lb.models.arn
  port              = 443
}

resource "aws_lb_target_group" "a" {
  name                 = "moderation-a"
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
  name                 = "moderation-b"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 30

  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_listener_rule" "moderation" {
  listener_arn = data.aws_lb_listener.https.arn
  priority     = 40

  condition {
    path_pattern {
      values = ["/moderation/*"]
    }
  }

  action {
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
    ignore_changes = [action]
  }
}

resource "aws_cloudwatch_metric_alarm" "errors_a" {
  alarm_name          = "moderation-a-5xx"
  alarm_description   = "More than 5 answers a minute with a status of 5xx, two minutes long"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching" # no errors, no data

  dimensions = {
    LoadBalancer = data.aws_lb.models.arn_suffix
    TargetGroup  = aws_lb_target_group.a.arn_suffix
  }
}

resource "aws_cloudwatch_metric_alarm" "errors_b" {
  alarm_name          = "moderation-b-5xx"
  alarm_description   = "More than 5 answers a minute with a status of 5xx, two minutes long"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching" # no errors, no data

  dimensions = {
    LoadBalancer = data.aws_lb.models.arn_suffix
    TargetGroup  = aws_lb_target_group.b.arn_suffix
  }
}

# For modelrollout.yaml.
output "rule" {
  value = aws_lb_listener_rule.moderation.arn
}

output "target_groups" {
  value = {
    a = aws_lb_target_group.a.arn
    b = aws_lb_target_group.b.arn
  }
}
