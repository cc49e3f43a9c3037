//! The client's side of WebSocket (RFC 6455), as exec and attach need it.

use std::io::Result;

use super::reply::Reader;

/// The header fields that ask for the `v5.channel.k8s.io` protocol. The key
/// guards against caches only, so it need not be random.
pub(super) const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cG9keWFyZCBrdWJlY3RsIQ==\r\n\
    Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n";

const CONTINUATION: u8 = 0;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// One message as a frame. A client must mask; a mask of zeros is one.
pub(super) fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | BINARY];
    match bytes.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap_or_default()),
        length @ 126..0x1_0000 => {
            frame.push(0x80 | 0x7e);
            frame.extend(u16::try_from(length).unwrap_or_default().to_be_bytes());
        }
        length => {
            frame.push(0x80 | 0x7f);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(bytes);
    frame
}

/// The next message; none at the end of the session.
pub(super) fn message(reader: &mut Reader) -> Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    loop {
        let head = reader.exactly(2)?;
        let [first, second] = head.as_slice() else { return Ok(None) };
        let length = match second & 0x7f {
            126 => number(&reader.exactly(2)?),
            127 => number(&reader.exactly(8)?),
            short => usize::from(short),
        };
        let bytes = reader.exactly(length)?;
        match first & 0x0f {
            CLOSE => return Ok(None),
            PING => continue,
            CONTINUATION | 1 | BINARY => message.extend(bytes),
            _ => {}
        }
        if first & 0x80 != 0 && first & 0x0f <= BINARY {
            return Ok(Some(message));
        }
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
