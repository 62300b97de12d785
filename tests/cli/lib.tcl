# What the tests at a terminal share. Each runs the program on a pty of its own, in a fresh work folder, and reads what a
# person would see. MDMVENDOR and PRACTICE_APPLE name the two programs; ctest sets them. The output is TAP.

encoding system utf-8
log_user 0
set timeout 120
match_max 1000000

# As in a chroot without /dev/pts.
if {[catch {spawn -noecho true}]} {
    puts "skip: no pseudo-terminal can be opened here"
    exit 77
}
catch {close}
wait
unset spawn_id

set vendor_password "vendor pass 1"
set customer_password "customer-pass-1"

set scratch [exec mktemp -d]
set apple $scratch/apple
set ca $scratch/ca.pem
set ended $scratch/ended
set pid_file $scratch/pid

set cases 0
set failures 0
set screen ""

foreach name {MDMVENDOR_VENDOR_PASSWORD MDMVENDOR_CUSTOMER_PASSWORD NO_COLOR COLUMNS} {
    unset -nocomplain env($name)
}
set env(LC_ALL) C.UTF-8
set env(TERM) xterm

exec $env(PRACTICE_APPLE) init $apple
exec $env(PRACTICE_APPLE) bundle $apple $ca
set file [open $scratch/passwords w 0600]
puts $file "$vendor_password\n$customer_password"
close $file

# ---------------------------------------------------------------------------------------------------------------- cases

# test NAME BODY: runs BODY in an empty folder; an error in it is the failure.
proc test {name body} {
    global cases failures scratch screen
    incr cases
    set screen ""
    set folder $scratch/work$cases
    file mkdir $folder
    cd $folder
    if {[catch {uplevel #0 $body} message]} {
        incr failures
        puts "not ok $cases - $name"
        puts "# $message"
        foreach line [split [string range $screen end-3000 end] \n] {
            puts "# | [string map {\r ^M \033 ^[} $line]"
        }
        hang_up
    } else {
        puts "ok $cases - $name"
    }
}

proc finish {} {
    global cases failures scratch
    puts "1..$cases"
    cd /
    file delete -force $scratch
    exit [expr {$failures > 0}]
}

proc check {condition message} {
    if {![uplevel 1 [list expr $condition]]} {
        error $message
    }
}

# ------------------------------------------------------------------------------------------------------------- terminal

# Runs `script` on a new pty of `columns`; its arguments are the file for the program's pid and the command.
proc start_in {script columns arguments} {
    global env ca pid_file ended spawn_id spawn_out screen stty_init
    set screen ""
    file delete $ended $pid_file
    set stty_init "sane rows 50 columns $columns"
    spawn -noecho sh -c $script $ended $pid_file $env(MDMVENDOR) --ca-file $ca {*}$arguments
    # A test that is about such a question itself takes this away.
    expect_before -re {(Begin here, in [^\n]*|Go on\?) \[y/N\]: } {
        append screen $expect_out(buffer)
        answer y
        exp_continue
    }
    # The file descriptor's own bytes, so that what is not UTF-8 goes both ways.
    fconfigure $spawn_id -encoding binary -translation binary
}

# The shell around the program outlives every signal that the terminal sends, and keeps the status and the terminal's state.
set around {
    trap : INT QUIT TERM HUP
    run() { sh -c 'echo $$ >"$0"; exec "$@"' "$@"; }
    run_in_background() { sh -c 'echo $$ >"$0"; exec "$@"' "$@" & }
    }
set plainly "$around\n run \"\$@\"; status=\$?; { echo \$status; stty -a; } >\"\$0\" 2>/dev/null"

proc start {args} {
    global plainly
    start_in $plainly 80 $args
}

proc start_wide {columns args} {
    global plainly
    start_in $plainly $columns $args
}

# The program as a shell with job control runs it: `then` is what the shell does when it stopped.
proc start_as_job {then args} {
    global around
    start_in "set -m\n$around\n $then\n status=\$?; { echo \$status; stty -a; } >\"\$0\" 2>/dev/null" 80 $args
}

# Waits until `text` is on the screen, behind what was seen before.
proc see {text} {
    global spawn_id screen
    set text [encoding convertto utf-8 $text]
    expect {
        -ex $text { append screen $expect_out(buffer) }
        timeout { keep_rest; error "not on the screen: $text" }
        eof { append screen $expect_out(buffer); error "ended before it showed: $text" }
    }
}

# What was read of the screen already.
proc keep_rest {} {
    global spawn_id screen
    expect * { append screen $expect_out(buffer) }
}

proc type_bytes {bytes} {
    global spawn_id
    send -- $bytes
}

proc type {text} {
    type_bytes [encoding convertto utf-8 $text]
}

proc answer {text} {
    type "$text\r"
}

# Everything up to a prompt, and the answer to it, for pairs of them.
proc dialogue {pairs} {
    foreach {prompt reply} $pairs {
        see $prompt
        answer $reply
    }
}

# The program's end: reads the rest and checks the status, and that the terminal echoes again.
proc ends {status {echo yes}} {
    global spawn_id screen ended
    expect {
        eof { append screen $expect_out(buffer) }
        timeout { keep_rest; error "it does not end" }
    }
    wait
    unset spawn_id
    after_end $status $echo
}

proc after_end {status echo} {
    global ended
    set found [split [read_file $ended] \n]
    check {[lindex $found 0] == $status} "status [lindex $found 0] instead of $status"
    if {$echo} {
        check {[echoes [join $found]]} "the terminal does not echo any more"
    }
}

# Whether this output of stty tells that the terminal echoes.
proc echoes {state} {
    expr {[lsearch -exact [split [string map {; " "} $state]] echo] >= 0}
}

proc echo_is_on {} {
    global spawn_out
    echoes [exec stty -a <$spawn_out(slave,name)]
}

proc signal {name} {
    exec kill -s $name [string trim [read_file $::pid_file]]
}

# Closes the terminal, as closing its window does, and waits for the end; without one it is made.
proc hang_up {} {
    global spawn_id ended
    if {![info exists spawn_id]} return
    catch {close}
    for {set i 0} {$i < 100 && ![file exists $ended]} {incr i} {
        after 100
    }
    if {![file exists $ended]} {
        catch {signal KILL}
    }
    catch {wait}
    unset -nocomplain spawn_id
}

# --------------------------------------------------------------------------------------------------------------- screen

proc shows {text} {
    expr {[string first $text [encoding convertfrom utf-8 $::screen]] >= 0}
}

# How often it stands on the screen.
proc times {text} {
    regexp -all -- "***=$text" [encoding convertfrom utf-8 $::screen]
}

# The longest line on the screen, of those that are not one path, command or address (indented by four, or a command in
# backquotes) or a result.
proc longest_line {text} {
    set longest ""
    regsub -all {\033\[[0-9;]*[A-Za-z]|\^C} [encoding convertfrom utf-8 $text] "" text
    foreach line [split $text "\n\r"] {
        if {[regexp {^    [^\[]} $line] || [regexp {^ *\(?`[^`]*`[).,:;]*$} $line] || ![regexp {[^ ] +[^ ]} $line] || [regexp {^Topic ID: } $line]} continue
        if {[string length $line] > [string length $longest]} {
            set longest $line
        }
    }
    return $longest
}

# --------------------------------------------------------------------------------------------------------------- folder

proc read_file {name} {
    set file [open $name]
    fconfigure $file -encoding binary -translation binary
    set data [read $file]
    close $file
    return $data
}

# Names and contents of everything in the work folder, except the lock's.
proc listing {{folder .}} {
    set found {}
    foreach path [lsort [concat [glob -nocomplain -directory $folder *] [glob -nocomplain -types hidden -directory $folder *]]] {
        set name [file tail $path]
        if {$name eq "." || $name eq ".."} continue
        lappend found $path
        if {[file type $path] eq "directory"} {
            lappend found {*}[listing $path]
        } elseif {[file type $path] eq "file" && $name ne ".lock"} {
            lappend found [read_file $path]
        }
    }
    return $found
}

# The program by a script, up to Apple's turn: three steps are 3 statuses 3, 3, 0.
proc by_script {args} {
    global env ca scratch
    catch {exec $env(MDMVENDOR) --ca-file $ca --vendor-password-file - --customer-password-file - --no-wait {*}$args \
        <$scratch/passwords 2>$scratch/script.log} output
    return $output
}

proc vendor_portal {args} {
    exec $::env(PRACTICE_APPLE) vendor $::apple outputs/vendor.csr inputs/mdm.cer {*}$args
}

proc push_portal {args} {
    exec $::env(PRACTICE_APPLE) push $::apple outputs/plist_encode.txt inputs/MDM_Certificate.pem {*}$args
}

# Folders after the steps; copied for every test that begins with one.
proc make_folders {} {
    global scratch
    file mkdir $scratch/making
    cd $scratch/making
    by_script
    close [open outputs/apple-account.txt w] ;# asked already
    vendor_portal
    quicken vendor $::vendor_password
    exec cp -pR . $scratch/after1
    by_script
    quicken customer $::customer_password
    push_portal
    exec cp -pR . $scratch/after2
    by_script
    exec cp -pR . $scratch/after3
}

# The same key under the same password, but with few rounds of key derivation.
proc quicken {side password} {
    set ::env(QUICKEN) $password
    exec openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 1 -in outputs/$side.key -passin env:QUICKEN -passout env:QUICKEN \
        -out outputs/$side.new
    unset ::env(QUICKEN)
    file rename -force outputs/$side.new outputs/$side.key
}

# Stands in a folder where step 1 is done and its certificate came; 2: the same for step 2; 3: finished.
proc after_step {step} {
    exec cp -pR $::scratch/after$step/. .
}
