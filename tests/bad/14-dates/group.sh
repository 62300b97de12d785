# What expires: `status` for cron and monitoring.
from=step3
reports=marks
