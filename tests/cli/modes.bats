#!/usr/bin/env bats
# Folders whose modes are not ours to set: file systems without modes, volumes that a group shares.

load common

setup_file() { apple_opens; }

setup() { fresh_folder; }

teardown() {
    cd /
    ! mountpoint -q "$BATS_TEST_TMPDIR/plain" || umount "$BATS_TEST_TMPDIR/plain"
}

# As WSL's /mnt, exFAT and some volumes of containers: mode 0777 for ever, and chmod says nothing.
without_modes() {
    command -v bindfs >/dev/null || {
        [ "${CI:-}" != true ]
        skip "bindfs is not installed"
    }
    mkdir "$BATS_TEST_TMPDIR/kept" "$BATS_TEST_TMPDIR/plain"
    bindfs --chmod-ignore --chown-ignore --perms=a=rwX "$BATS_TEST_TMPDIR/kept" "$BATS_TEST_TMPDIR/plain" >/dev/null 2>&1 3>&- ||
        skip "this machine mounts no FUSE file system"
    cd "$BATS_TEST_TMPDIR/plain"
}

@test "a file system without modes: all three steps, with a warning" {
    without_modes
    run --separate-stderr mdm
    [ "$status" -eq 3 ]
    [[ "$stderr" == *"warning: the file system of 'outputs' keeps no modes"* ]]
    vendor_portal
    mdm || [ $? -eq 3 ]
    push_portal
    run --separate-stderr mdm
    [ "$status" -eq 0 ]
    [[ "$output" == *"Topic ID: com.apple.mgmt."* ]]
    [ -z "$(find . -name '.mdmvendor-*')" ]
}

@test "a work folder that a group shares: outputs/ is closed to it" {
    chmod 2770 .
    mdm || [ $? -eq 3 ]
    [ "$(stat -c %a outputs | tail -c 4)" = 700 ]
}
