# What modelrollout.yaml names: an alarm. Any metric will do that tells a bad version; this one the server puts itself.
# Written for the provider hashicorp/aws, 5.0 or later.

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "summarize-errors"
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
    Model = "summarize"
  }
}
