# What modelrollout.yaml names: two target groups, a rule that forwards to both, and alarms, one of them composite.
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
  name                 = "fraud-a"
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
  name                 = "fraud-b"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 30

  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_listener_rule" "fraud" {
  listener_arn = data.aws_lb_listener.https.arn
  priority     = 50

  condition {
    path_pattern {
      values = ["/fraud/*"]
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

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "fraud-errors"
  alarm_description   = "More than 5 failed requests a minute, two minutes long"
  namespace           = "Models"
  metric_name         = "Errors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching"

  dimensions = {
    Model = "fraud"
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "fraud-latency"
  alarm_description   = "Slower than 400 ms in the mean, two minutes long"
  namespace           = "Models"
  metric_name         = "LatencyMs"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 400
  treat_missing_data  = "notBreaching"

  dimensions = {
    Model = "fraud"
  }
}

# A release names this one. Its children need not be named: the operator reads composite alarms as they are.
resource "aws_cloudwatch_composite_alarm" "unhealthy" {
  alarm_name        = "fraud-unhealthy"
  alarm_description = "Errors or slow answers"
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name}) OR ALARM(${aws_cloudwatch_metric_alarm.latency.alarm_name})"
}

resource "aws_cloudwatch_metric_alarm" "drift" {
  alarm_name          = "fraud-drift"
  alarm_description   = "The scores are unlike those of the week before"
  namespace           = "Models"
  metric_name         = "ScoreDrift"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.2
  treat_missing_data  = "missing"

  dimensions = {
    Model = "fraud"
  }
}

resource "aws_cloudwatch_metric_alarm" "cost" {
  alarm_name          = "fraud-cost"
  alarm_description   = "A thousand predictions cost more than 2 dollars"
  namespace           = "Models"
  metric_name         = "CostPerThousand"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  treat_missing_data  = "notBreaching"

  dimensions = {
    Model = "fraud"
  }
}

# For modelrollout.yaml.
output "rule" {
  value = aws_lb_listener_rule.fraud.arn
}

output "target_groups" {
  value = {
    a = aws_lb_target_group.a.arn
    b = aws_lb_target_group.b.arn
  }
}
