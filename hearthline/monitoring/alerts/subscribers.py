"""What the engine of alerts has to have done is watched from outside the worker."""

from hearthline.messaging.oversight import expects
from hearthline.monitoring.alerts.oversight import late_work

expects(late_work)
