# Work folders that cannot be used as they are, and files of ours that were changed.
status=1
