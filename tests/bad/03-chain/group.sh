# Step 2: the vendor certificate is the right one, and its way up to the root is not.
status=5
from=step1
