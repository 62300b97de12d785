# What expires: `status` for cron and monitoring.
status=6
from=step3
reports=marks
