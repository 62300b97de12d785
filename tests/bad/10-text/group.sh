# Texts in certificates, CSRs and file names that are made to deceive or to steer the terminal. That nothing of it
# reaches the screen as it is, is checked in every case of every group.
status=5
from=step1
