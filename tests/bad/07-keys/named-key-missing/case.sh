about='--vendor-key names a file that is not there'
reports=system
run() { mdm --vendor-key /nonexistent/vendor.key; }
err="/nonexistent/vendor.key
No such file"
