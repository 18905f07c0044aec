//! The body of one reply: paced, counted, and broken off, halted or exchanged where the script says.

use std::io;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;

use super::Shared;
use super::connection::gone;
use super::stream::Stream;
use crate::blob::Blob;
use crate::fault::Fault;
use crate::gate::Gate;
use crate::http::{Body, Request};
use crate::log::RequestId;
use crate::pace;

/// A sender that fell behind by more than this (a slow client) does not catch up in a burst.
const CATCH_UP: Duration = Duration::from_millis(50);

/// What is to happen with the connection afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It can carry another request.
    Done,
    /// It closes in good order.
    Close,
    /// It is reset.
    Reset,
}

/// What happens when a body has come to some point.
#[derive(Clone, Debug)]
enum Turn {
    End(Outcome),
    Halt(Gate),
    Become(Box<Blob>),
}

/// Sends the body of one reply.
pub(super) struct Writer<'a> {
    stream: &'a mut Stream,
    shared: &'a Shared,
    path: &'a str,
    id: RequestId,
    next: Instant,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        stream: &'a mut Stream,
        shared: &'a Shared,
        request: &'a Request,
        id: RequestId,
    ) -> Self {
        let path = &request.path;
        let next = Instant::now();
        Self {
            stream,
            shared,
            path,
            id,
            next,
        }
    }

    /// Sends `body`, bent the way the script says.
    pub(super) async fn send(&mut self, mut body: Body, faults: &[Fault]) -> io::Result<Outcome> {
        let len = body.len();
        let mut sent = 0;
        for (at, turn) in turns(faults) {
            if at > len {
                break;
            }
            self.send_part(&body, sent, at).await?;
            sent = at;
            match turn {
                Turn::End(outcome) => {
                    self.stream.flush().await?;
                    return Ok(outcome);
                }
                Turn::Halt(gate) => self.halt(&gate).await?,
                Turn::Become(blob) => {
                    self.shared
                        .blobs
                        .write()
                        .insert(self.path.to_owned(), (*blob).clone());
                    if let Body::Blob(current, _) = &mut body {
                        *current = blob;
                    }
                }
            }
        }
        self.send_part(&body, sent, len).await?;
        let closes = |fault: &Fault| matches!(fault, Fault::WrongLength(_) | Fault::NoLength);
        if faults.iter().any(closes) {
            Ok(Outcome::Close)
        } else {
            Ok(Outcome::Done)
        }
    }

    /// Sends the bytes `from..to` of the body.
    async fn send_part(&mut self, body: &Body, mut from: u64, to: u64) -> io::Result<()> {
        while from < to {
            let (size, time) = pace::piece(self.shared.paces.rate(self.path));
            let size = size.min(usize::try_from(to - from).unwrap_or(size));
            let piece = match body {
                Body::Bytes(bytes) => {
                    let start = usize::try_from(from).unwrap_or(usize::MAX);
                    bytes.slice(start..start + size)
                }
                Body::Blob(blob, range) => blob.read(range.start + from, size)?,
            };
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.write(&piece).await?;
            from += piece.len() as u64;
            self.rest(time).await;
        }
        Ok(())
    }

    /// Writes and counts what the kernel took, also when the client goes away in the middle.
    async fn write(&mut self, mut piece: &[u8]) -> io::Result<()> {
        while !piece.is_empty() {
            let (stream, journal, id) = (&mut *self.stream, &self.shared.journal, self.id);
            let write = |context: &mut Context<'_>| {
                journal.sending(id, || Pin::new(&mut *stream).poll_write(context, piece))
            };
            let taken = std::future::poll_fn(write).await?;
            piece = &piece[taken..];
        }
        Ok(())
    }

    async fn rest(&mut self, time: Duration) {
        if time.is_zero() {
            self.next = Instant::now();
            return;
        }
        self.next = (self.next + time).max(Instant::now() - CATCH_UP);
        tokio::time::sleep_until(self.next).await;
    }

    async fn halt(&mut self, gate: &Gate) -> io::Result<()> {
        tokio::select! {
            () = gate.opened() => {}
            error = gone(self.stream) => return Err(error),
        }
        self.next = Instant::now();
        Ok(())
    }
}

/// The points where something happens, in order.
fn turns(faults: &[Fault]) -> Vec<(u64, Turn)> {
    let turn = |fault: &Fault| match fault {
        Fault::Truncate { after } => Some((*after, Turn::End(Outcome::Close))),
        Fault::Reset { after } => Some((*after, Turn::End(Outcome::Reset))),
        Fault::Stall { after, until } => Some((*after, Turn::Halt(until.clone()))),
        Fault::Become { after, blob } => Some((*after, Turn::Become(Box::new(blob.clone())))),
        _ => None,
    };
    let mut turns: Vec<_> = faults.iter().filter_map(turn).collect();
    turns.sort_by_key(|(at, _)| *at);
    turns
}

/// A gzip file (RFC 1952) of stored blocks: as valid as a compressed one, and needs no compressor.
pub(super) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = plain.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32(plain).to_le_bytes());
    let size = u32::try_from(plain.len() as u64 & 0xffff_ffff).unwrap_or(0);
    out.extend_from_slice(&size.to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xEDB8_8320
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        let packed = gzip(&[7; 70_000]);
        assert_eq!(packed.len(), 10 + 2 * 5 + 70_000 + 8);
    }
}
