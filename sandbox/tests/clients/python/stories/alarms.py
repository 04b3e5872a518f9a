"""CloudWatch: alarms and the figures that they watch."""

import time

from steps import service

cloudwatch = service("cloudwatch")
NAME = "walk-errors"
HOUR = 3600
EARLIER, LATER = int(time.time()) // HOUR * HOUR - HOUR, int(time.time()) // HOUR * HOUR + 2 * HOUR
METRIC = {"Namespace": "Walk", "MetricName": "Errors"}

ALARMS = [
    cloudwatch("DescribeAlarms", AlarmNames=[NAME]),
    cloudwatch(
        "PutMetricAlarm",
        AlarmName=NAME,
        AlarmDescription="too many errors",
        **METRIC,
        Statistic="Sum",
        Dimensions=[{"Name": "Service", "Value": "example"}],
        Period=60,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    ),
    cloudwatch("DescribeAlarms", AlarmNames=[NAME]),
    cloudwatch("DescribeAlarmsForMetric", **METRIC, Dimensions=[{"Name": "Service", "Value": "example"}]),
    cloudwatch("SetAlarmState", AlarmName=NAME, StateValue="ALARM", StateReason="the walk says so"),
    cloudwatch("DescribeAlarmHistory", AlarmName=NAME, HistoryItemType="StateUpdate"),
    cloudwatch("DisableAlarmActions", AlarmNames=[NAME]),
    cloudwatch("EnableAlarmActions", AlarmNames=[NAME]),
    cloudwatch("SetAlarmState", AlarmName="nothing", StateValue="OK", StateReason="none").fails("ResourceNotFound"),
    cloudwatch("DeleteAlarms", AlarmNames=[NAME]),
]

FIGURES = [
    cloudwatch("PutMetricData", Namespace="Walk", MetricData=[{"MetricName": "Errors", "Value": 3.0, "Unit": "Count"}]),
    cloudwatch("ListMetrics", Namespace="Walk").waits_for("Metrics"),
    cloudwatch(
        "GetMetricStatistics", **METRIC, StartTime=EARLIER, EndTime=LATER, Period=HOUR, Statistics=["Sum", "Maximum"]
    ),
    cloudwatch(
        "GetMetricData",
        StartTime=EARLIER,
        EndTime=LATER,
        MetricDataQueries=[{"Id": "errors", "MetricStat": {"Metric": METRIC, "Period": HOUR, "Stat": "Sum"}}],
    ),
]

STORY = ALARMS + FIGURES
