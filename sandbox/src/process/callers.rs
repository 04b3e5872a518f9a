//! Which process holds the other end of a loopback connection: the kernel's table of sockets, then whose descriptor it is.

use super::leftovers::processes;
use rustix::process::{Pid, PidfdFlags, Signal};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// Kills the process whose socket has this address, if its program is called `program`. Answers whether it did.
pub fn kill(socket: SocketAddr, program: &str) -> io::Result<bool> {
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let Some(inode) = inode(&table, socket) else {
        return Ok(false);
    };
    let Some(pid) = processes().find(|pid| holds(*pid, inode)) else {
        return Ok(false);
    };
    // The descriptor pins the process: what is checked after it is opened is what the signal reaches.
    let handle = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    if !holds(pid, inode) || !runs(pid, program) {
        return Ok(false);
    }
    rustix::process::pidfd_send_signal(&handle, Signal::KILL)?;
    Ok(true)
}

/// The inode of the socket whose local address this is. Pure.
fn inode(table: &str, socket: SocketAddr) -> Option<u64> {
    let rows = table.lines().skip(1).map(|row| row.split_whitespace());
    rows.filter_map(|mut row| Some((row.nth(1)?, row.nth(7)?)))
        .find(|(local, _)| address(local) == Some(socket))
        .and_then(|(_, inode)| inode.parse().ok())
        // What nobody holds any more has none.
        .filter(|inode| *inode != 0)
}

/// An address as the table has it: the bytes of the address in the machine's order, in hexadecimal, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let ip = u32::from_str_radix(ip, 16).ok()?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let ip = Ipv4Addr::from(ip.to_ne_bytes());
    Some(SocketAddr::new(IpAddr::V4(ip), port))
}

fn holds(pid: Pid, inode: u64) -> bool {
    let wanted = format!("socket:[{inode}]");
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter();
    descriptors
        .flatten()
        .flatten()
        .filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok())
        .any(|target| target == Path::new(&wanted))
}

fn runs(pid: Pid, program: &str) -> bool {
    let executable = std::fs::read_link(format!("/proc/{pid}/exe"));
    executable.is_ok_and(|path| path.file_name().is_some_and(|name| name == program))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_holder_of_a_socket_is_found_and_only_killed_by_its_name() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let own = stream.local_addr().unwrap();
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let inode = inode(&table, own).unwrap();
        assert!(holds(rustix::process::getpid(), inode));
        assert!(!kill(own, "no-such-program").unwrap());
        assert!(!kill("127.0.0.1:1".parse().unwrap(), "deploy").unwrap());
    }
}
