//! Which programs and base files come with which distribution, and which
//! packages add more.

use crate::process::{Device, Entry, Family, FileError, Files, Layer, parent};
use crate::sim::Time;

/// A set of programs and base files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// `/dev`, `/proc`, `/tmp` and the like: every image has them.
    Base,
    /// busybox: everything in `/bin`.
    Busybox,
    /// busybox before 1.29, with its `nslookup`.
    BusyboxClassic,
    /// Alpine Linux.
    Alpine,
    /// Debian.
    Debian,
    /// Ubuntu.
    Ubuntu,
    /// Only bash above what is there.
    Bash,
    /// `curl`.
    Curl,
    /// A box of network tools.
    Network,
}

const COREUTILS: &str = "[ arch base64 basename cat chgrp chmod chown cp cut date dd df dirname du echo env expr false head hostname id kill ln ls md5sum mkdir mktemp mv nice nl nohup nproc printenv printf pwd readlink realpath rm rmdir seq sha256sum sleep sort stat sync tac tail tee test timeout touch tr true truncate tty uname uniq wc which whoami xargs yes";
const TEXT: &str = "awk egrep fgrep find grep sed";
const BUSYBOX: &str = "ash awk busybox clear egrep fgrep find free getent grep host ifconfig ip killall mount nc netstat nslookup pgrep pidof ping pkill ps rev reset sed setsid sh su sysctl telnet time uptime watch wget";
const DEBIAN: &str = "bash dash getent mount perl pidof rev sh clear apt apt-get";
const NETWORK: &str = "bash curl dig host ifconfig ip nc netcat netstat nslookup ping ps ss telnet free watch pgrep pkill killall uptime sysctl wget redis-cli";

fn put(layer: &mut Layer, path: &str, entry: Entry) {
    let mut above = parent(path);
    while above != "/" && !layer.contains_key(above) {
        layer.insert(above.into(), Entry::directory(entry.modified));
        above = parent(above);
    }
    layer.insert(path.into(), entry);
}

fn programs(layer: &mut Layer, directory: &str, names: &str, family: Family) {
    for name in names.split_whitespace() {
        put(layer, &format!("{directory}/{name}"), Entry::program(name, family, built()));
    }
}

fn text(layer: &mut Layer, path: &str, contents: &str) {
    put(layer, path, Entry::file(contents.as_bytes().to_vec(), built()));
}

/// When the images' files were made.
pub(crate) fn built() -> Time {
    Time::from_civil(2024, 10, 17, 0)
}

fn directories(layer: &mut Layer, names: &str) {
    for name in names.split_whitespace() {
        put(layer, name, Entry::directory(built()));
    }
}

/// Adds the files of `set` to `layer`.
pub(super) fn fill(layer: &mut Layer, set: Set) {
    match set {
        Set::Base => base(layer),
        Set::Busybox | Set::BusyboxClassic => {
            programs(layer, "/bin", COREUTILS, Family::Busybox);
            programs(layer, "/bin", BUSYBOX, Family::Busybox);
            directories(layer, "/home /root /usr/sbin /var/spool/mail /var/www");
            text(
                layer,
                "/etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
            );
            text(layer, "/etc/group", "root:x:0:\nnobody:x:65534:\n");
            if set == Set::BusyboxClassic {
                layer.insert(
                    "/bin/nslookup".into(),
                    Entry::program("nslookup-classic", Family::Busybox, built()),
                );
            }
        }
        Set::Alpine => {
            programs(layer, "/bin", COREUTILS, Family::Busybox);
            programs(layer, "/bin", BUSYBOX, Family::Busybox);
            programs(layer, "/sbin", "apk", Family::Busybox);
            directories(
                layer,
                "/home /media /mnt /opt /root /run /srv /usr/bin /usr/local/bin /usr/sbin /var/cache /var/lib /var/log",
            );
            text(
                layer,
                "/etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
            );
            text(layer, "/etc/group", "root:x:0:root\nnobody:x:65534:\n");
            text(layer, "/etc/alpine-release", "3.20.3\n");
            text(
                layer,
                "/etc/os-release",
                "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\nHOME_URL=\"https://alpinelinux.org/\"\n",
            );
        }
        Set::Debian | Set::Ubuntu => debian(layer, set == Set::Ubuntu),
        Set::Bash => programs(layer, "/usr/local/bin", "bash", Family::Gnu),
        Set::Curl => programs(layer, "/usr/bin", "curl", Family::Gnu),
        Set::Network => programs(layer, "/usr/bin", NETWORK, Family::Gnu),
    }
}

fn base(layer: &mut Layer) {
    directories(layer, "/dev/pts /dev/shm /etc /proc /sys /tmp /usr/bin /var /var/tmp");
    for path in ["/tmp", "/var/tmp", "/dev/shm"] {
        if let Some(entry) = layer.get_mut(path) {
            entry.mode = 0o1777;
        }
    }
    for (path, device) in [
        ("/dev/null", Device::Null),
        ("/dev/zero", Device::Zero),
        ("/dev/random", Device::Random),
        ("/dev/urandom", Device::Random),
        ("/dev/stdin", Device::Stream(0)),
        ("/dev/stdout", Device::Stream(1)),
        ("/dev/stderr", Device::Stream(2)),
        ("/dev/tty", Device::Stream(1)),
        ("/proc/self/fd/1", Device::Stream(1)),
        ("/proc/self/fd/2", Device::Stream(2)),
        ("/proc/1/fd/1", Device::Stream(1)),
        ("/proc/1/fd/2", Device::Stream(2)),
    ] {
        put(layer, path, Entry::device(device));
    }
    text(layer, "/proc/version", "Linux version 6.1.0-26-amd64 (debian-kernel@lists.debian.org)\n");
    text(
        layer,
        "/proc/meminfo",
        "MemTotal:        4005044 kB\nMemFree:         3120400 kB\nMemAvailable:    3385044 kB\n",
    );
    text(
        layer,
        "/proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Simulated CPU\n\nprocessor\t: 1\nmodel name\t: Simulated CPU\n",
    );
    text(layer, "/proc/loadavg", "0.00 0.00 0.00 1/120 42\n");
}

fn debian(layer: &mut Layer, is_ubuntu: bool) {
    for name in ["bin", "sbin", "lib"] {
        layer.insert(format!("/{name}").into(), Entry::link(&format!("usr/{name}"), built()));
    }
    programs(layer, "/usr/bin", COREUTILS, Family::Gnu);
    programs(layer, "/usr/bin", TEXT, Family::Gnu);
    programs(layer, "/usr/bin", DEBIAN, Family::Gnu);
    directories(
        layer,
        "/boot /home /media /mnt /opt /root /run /srv /usr/lib /usr/sbin /usr/local/bin /usr/share /var/cache /var/lib/apt/lists /var/log",
    );
    text(
        layer,
        "/etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    );
    text(layer, "/etc/group", "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n");
    if is_ubuntu {
        text(
            layer,
            "/etc/os-release",
            "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.1 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n",
        );
    } else {
        text(layer, "/etc/debian_version", "12.7\n");
        text(
            layer,
            "/etc/os-release",
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n",
        );
    }
}

/// Packages by their names at Debian and Alpine, and the programs they bring.
/// Some bring only files that nothing here runs.
const PACKAGES: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("bind-tools", "dig host nslookup"),
    ("bind9-dnsutils", "dig host nslookup"),
    ("bind9-host", "host"),
    ("build-essential", ""),
    ("busybox", "busybox"),
    ("ca-certificates", ""),
    ("coreutils", ""),
    ("curl", "curl"),
    ("dnsutils", "dig host nslookup"),
    ("git", ""),
    ("gnupg", ""),
    ("htop", ""),
    ("inetutils-telnet", "telnet"),
    ("iproute2", "ip ss"),
    ("iputils", "ping"),
    ("iputils-ping", "ping"),
    ("jq", ""),
    ("less", ""),
    ("mysql-client", "mysql mysqladmin"),
    ("default-mysql-client", "mysql mysqladmin"),
    ("nano", ""),
    ("net-tools", "ifconfig netstat"),
    ("netcat", "nc"),
    ("netcat-openbsd", "nc"),
    ("netcat-traditional", "nc"),
    ("openssl", ""),
    ("postgresql-client", "psql pg_isready"),
    ("procps", "free kill pgrep pidof pkill ps sysctl uptime watch"),
    ("psmisc", "killall"),
    ("redis", "redis-cli"),
    ("redis-tools", "redis-cli"),
    ("stress", "stress"),
    ("stress-ng", "stress-ng"),
    ("sudo", ""),
    ("telnet", "telnet"),
    ("tzdata", ""),
    ("unzip", ""),
    ("vim", ""),
    ("wget", "wget"),
];

/// Installs the package `name`; false if there is none of that name.
pub fn install(files: &mut Files<'_>, name: &str) -> Result<bool, FileError> {
    let Some((_, names)) = PACKAGES.iter().find(|(own, _)| *own == name) else { return Ok(false) };
    for program in names.split_whitespace() {
        files.place(
            &format!("/usr/bin/{program}"),
            Entry::program(program, Family::Gnu, files.now),
        )?;
    }
    Ok(true)
}

/// Whether there is a package called `name`.
pub(super) fn is_package(name: &str) -> bool {
    PACKAGES.iter().any(|(own, _)| *own == name)
}
