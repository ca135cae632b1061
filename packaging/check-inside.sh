#!/usr/bin/env bash
# The part of check.sh that runs in the clean root.
set -euo pipefail
cd /check
export DEBIAN_FRONTEND=noninteractive DISPLAY=:7
id=im.tidings.desktop

seen() { echo "ok: $*"; }
fail() { echo "NOT SO: $*" >&2; exit 1; }
apt() { apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io -o APT::Keep-Downloaded-Packages=true "$@" >> /check/apt.log 2>&1 || { tail -30 /check/apt.log >&2; fail "apt-get $*"; }; }
# Something that becomes true within two minutes.
soon() { local words=$1; shift; for _ in $(seq 600); do if "$@" > /dev/null 2>&1; then seen "$words"; return; fi; sleep 0.2; done; fail "$words"; }
files() { find / -xdev \( -path /check -o -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run -o -path /home -o -path /var/cache \) -prune -o -print | sort; }
as_ann() { runuser -u ann -- env HOME=/home/ann XDG_RUNTIME_DIR=/run/user/ann XDG_DATA_DIRS=/usr/local/share:/usr/share "$@"; }
in_session() { as_ann env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/ann/bus "$@"; }
windows() { in_session xdotool search --onlyvisible --name '^Tidings'; }
# Something is drawn in the middle of the screen.
painted() { [[ $(in_session import -window root -crop 600x500+340+200 -format %k info:) -gt 16 ]]; }
picture() { in_session import -window root "/check/pictures/$1.png"; }

mkdir -p /run/user/ann /run/lock
chmod 1777 /tmp /check/pictures /dev/shm
apt update
# The screen that the app is looked at on, and what tells it of people, is not what is under test.
apt install --no-install-recommends xvfb openbox xdotool imagemagick x11-utils dbus dbus-x11 libglib2.0-bin desktop-file-utils appstream procps man-db adduser
useradd --create-home ann
chown ann /run/user/ann
chmod 700 /run/user/ann
files > before

echo "== the app"
apt install ./tidings_*.deb
version=$(dpkg-query -W -f '${Version}' tidings)
seen "tidings $version is installed by apt, with what it recommends"
for package in gstreamer1.0-plugins-good gstreamer1.0-libav xdg-desktop-portal fonts-noto-color-emoji xdg-utils; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" | grep -qx installed || fail "$package came along"
done
seen "video, portal, emoji and xdg-open came along"
! ldd /usr/bin/tidings | grep 'not found' || fail "every library is there"
seen "every library is there"
[[ $(tidings --version) == "tidings "* ]] || fail "tidings --version"
desktop-file-validate "/usr/share/applications/$id.desktop"
seen "the desktop entry is valid"
appstreamcli validate --no-net "/usr/share/metainfo/$id.metainfo.xml" > /check/appstream.log || true
# There is no home page to name.
! grep '^[EW]:' /check/appstream.log | grep -v url-homepage-missing || fail "the AppStream file is valid"
seen "the AppStream file is valid"
man --warnings tidings > /dev/null 2> /check/man.log && [[ ! -s /check/man.log ]] || fail "man tidings"
seen "man tidings"
[[ -z $(dpkg --verify tidings) ]] || fail "the files are what the package says"
seen "the files are what the package says"
[[ $(as_ann xdg-mime query default x-scheme-handler/tidings) == "$id.desktop" ]] || fail "tidings:// links are for Tidings"
seen "tidings:// links are for Tidings"

Xvfb :7 -screen 0 1280x900x24 -nolisten tcp > /dev/null 2>&1 &
soon "a screen" xdpyinfo
as_ann dbus-daemon --session --address=unix:path=/run/user/ann/bus --nofork --nopidfile > /dev/null 2>&1 &
soon "a D-Bus session" test -S /run/user/ann/bus
in_session openbox > /dev/null 2>&1 &
# As menus do: by the name of the entry, which itself ends with ".desktop".
in_session gtk-launch "$id.desktop" > /check/app.log 2>&1
soon "started from its desktop entry, it has a window" windows
window=$(windows | sed -n 1p)
class=$(in_session xprop -id "$window" WM_CLASS)
expected=$(sed -n 's/^StartupWMClass=//p' "/usr/share/applications/$id.desktop")
[[ $class == *"\"$expected\""* ]] || fail "the window's class is the entry's ($expected): $class"
seen "the window's class is the entry's: $class"
soon "it is painted" painted
picture 1-started
in_session xdg-open 'tidings://join/127.0.0.1:9/no-such-code?tls=none' > /check/open.log 2>&1
sleep 3
picture 2-link
[[ $(pgrep -c -u ann -x tidings) == 1 ]] || fail "a link goes to the window that is there"
seen "a link opened with xdg-open goes to the window that is there"

apt install ./next/tidings_*.deb
[[ $(dpkg-query -W -f '${Version}' tidings) != "$version" ]] || fail "the upgrade has another version"
pgrep -u ann -x tidings > /dev/null || fail "the app goes on while it is upgraded"
soon "its window goes on" windows
seen "upgraded to $(dpkg-query -W -f '${Version}' tidings) while the app ran, which went on"
pid=$(pgrep -u ann -x tidings)
in_session gtk-launch "$id.desktop" >> /check/app.log 2>&1
sleep 3
[[ $(pgrep -u ann -x tidings) == "$pid" ]] || fail "the old one still answers a start"
seen "a start of the new one brings the old one's window to the front"
kill "$pid"
gone() { ! pgrep -u ann -x tidings; }
soon "it ends when asked" gone
in_session gtk-launch "$id.desktop" >> /check/app.log 2>&1
soon "the new one starts on the profile of the old one" windows
soon "it is painted" painted
picture 3-upgraded
kill "$(pgrep -u ann -x tidings)"
soon "and ends" gone
test -d /home/ann/.local/share/tidings || fail "the profile is in ann's home"

apt remove tidings
[[ ! -e /usr/bin/tidings ]] || fail "removed"
dpkg --purge tidings >> /check/apt.log 2>&1
apt autoremove --purge
files > after
left=$(comm -13 before after | grep -i tidings || true)
[[ -z $left ]] || fail "nothing of it is left: $left"
seen "removed and purged, nothing of it is left outside ann's home"
test -d /home/ann/.local/share/tidings || fail "ann's home is not touched"
seen "ann's profile is still there"

echo "== the server"
# There is no systemd here. This stands in for it: it notes what it is asked for, and runs what the unit says as the unit's user.
mkdir -p /run/systemd/system
cat > /usr/bin/systemctl << 'STAND_IN'
#!/bin/bash
echo "$*" >> /check/systemctl.log
unit=/usr/lib/systemd/system/tidings-server.service
stop() { [[ ! -e /run/server.pid ]] || { kill "$(cat /run/server.pid)" 2> /dev/null; for _ in $(seq 100); do kill -0 "$(cat /run/server.pid)" 2> /dev/null || break; sleep 0.1; done; rm -f /run/server.pid; }; }
start() {
    export TIDINGS_LISTEN=$(sed -n 's/^Environment=TIDINGS_LISTEN=//p' $unit)
    command=$(sed -n 's/^ExecStart=//p' $unit)
    eval "exec setsid setpriv --reuid tidings-server --regid tidings-server --clear-groups --no-new-privs --bounding-set=-all $command" >> /check/server.log 2>&1 &
    echo $! > /run/server.pid
}
case " $* " in
    *" is-enabled "*) echo enabled ;;
    *" is-active "*) [[ -e /run/server.pid ]] && echo active || exit 3 ;;
    *" show "*) echo "LoadState=loaded"; echo "UnitFileState=enabled"; [[ -e /run/server.pid ]] && echo "ActiveState=active" || echo "ActiveState=inactive" ;;
    *" restart "*) stop; start ;;
    *" stop "*) stop ;;
    *" start "*) start ;;
esac
exit 0
STAND_IN
chmod 755 /usr/bin/systemctl
files > before
apt install ./tidings-server_*.deb
version=$(dpkg-query -W -f '${Version}' tidings-server)
seen "tidings-server $version is installed"
listening() { (exec 3<> /dev/tcp/127.0.0.1/8470); }
soon "its service runs as the unit says" listening
[[ $(stat -c '%U %a' /var/lib/tidings-server) == "tidings-server 700" ]] || fail "the data is its own"
[[ $(stat -c '%U:%G %a' /etc/tidings-server/config.toml) == "root:tidings-server 640" ]] || fail "the configuration is root's, for it to read"
seen "data and configuration have their owners and modes"
man --warnings tidings-server > /dev/null 2> /check/man.log && [[ ! -s /check/man.log ]] || fail "man tidings-server"
seen "man tidings-server"
ask() { runuser -u tidings-server -- tidings-server --data /var/lib/tidings-server "$@" 2>> /check/ask.log; }
echo 'a good password' | ask user add ann --nick Ann
ask user list | grep -q ann || fail "user list"
[[ -n $(ask invite) ]] || fail "invite"
ask backup --to /var/lib/tidings-server-backup 2> /dev/null && fail "a backup beside the data is not its user's to write"
# As docs/hosting.md says it.
install -d -m 0700 -o tidings-server /var/backups/tidings
ask backup --to /var/backups/tidings/today
test -s /var/backups/tidings/today/tidings.db || fail "backup"
seen "accounts, invitations and a backup beside the running service"
echo 'space_name = "Harbour"' >> /etc/tidings-server/config.toml
old=$(cat /run/server.pid)
: > /check/systemctl.log
apt install -o Dpkg::Options::=--force-confold ./next/tidings-server_*.deb
grep -q 'restart tidings-server' /check/systemctl.log || fail "the upgrade restarts the service: $(cat /check/systemctl.log)"
[[ $(cat /run/server.pid) != "$old" ]] || fail "the new one runs"
soon "upgraded to $(dpkg-query -W -f '${Version}' tidings-server), the service runs anew" listening
ask user list | grep -q ann || fail "the space is the same"
[[ $(grep -c '^listening' /check/server.log) == 2 ]] || fail "the old one gave its place up: $(cat /check/server.log)"
grep -q Harbour /etc/tidings-server/config.toml || fail "the host's configuration is kept"
[[ $(stat -c '%U:%G %a' /etc/tidings-server/config.toml) == "root:tidings-server 640" ]] || fail "its mode is kept"
seen "with the same space and the host's configuration"
apt remove tidings-server
[[ ! -e /run/server.pid ]] || fail "removing stops the service"
test -s /var/lib/tidings-server/tidings.db || fail "removing keeps the space"
seen "removed: the service is stopped, the space is kept"
apt install ./next/tidings-server_*.deb
soon "installed again, it serves" listening
ask user list | grep -q ann || fail "the same space again"
seen "the same space"
dpkg --purge tidings-server >> /check/apt.log 2>&1
apt autoremove --purge
files > after
left=$(comm -13 before after | grep -i tidings | grep -v '^/var/backups/' || true)
[[ -z $left ]] || fail "nothing of it is left: $left"
! getent passwd tidings-server > /dev/null || fail "its user is gone"
test -s /var/backups/tidings/today/tidings.db || fail "the host's backup is the host's"
seen "purged: space, configuration and user are gone, and nothing is left but the backup that the host made"
