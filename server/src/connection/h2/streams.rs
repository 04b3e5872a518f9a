//! The requests that a connection has open, from the frames of both directions. No I/O, no clock.

use super::frames::{Frame, Kind};
use crate::connection::Class;

/// Streams below this many stay allocated on a connection that has none open.
const SPARE: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Streams {
    /// In the order of their ids. A stream leaves when its response has left in whole or when
    /// either side has reset it.
    open: Vec<Stream>,
    /// The highest that the client has opened.
    highest: u32,
    /// The highest that the server's GOAWAY lets through, once it has sent one.
    limit: Option<u32>,
    opened: u32,
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    id: u32,
    request_over: bool,
    response_begun: bool,
}

impl Stream {
    fn class(self) -> Class {
        match self {
            Self {
                response_begun: true,
                ..
            } => Class::Response,
            Self {
                request_over: true, ..
            } => Class::Handler,
            _ => Class::Body,
        }
    }
}

impl Streams {
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// How many there have been.
    pub(super) fn opened(&self) -> u32 {
        self.opened
    }

    /// The last stream that may have been worked on.
    pub(super) fn highest(&self) -> u32 {
        self.highest.min(self.limit.unwrap_or(u32::MAX))
    }

    /// What is cut off with each open stream.
    pub(super) fn classes(&self) -> impl Iterator<Item = Class> {
        self.open.iter().map(|stream| stream.class())
    }

    /// The client has sent this.
    pub(super) fn received(&mut self, frame: &Frame) {
        match frame.kind {
            Kind::Headers if frame.stream > self.highest => self.begin(frame),
            Kind::Headers | Kind::Data if frame.ends_stream() => {
                if let Some(stream) = self.get(frame.stream) {
                    stream.request_over = true;
                }
            }
            Kind::Reset => self.end(frame.stream),
            _ => {}
        }
    }

    /// The server has sent this.
    pub(super) fn sent(&mut self, frame: &Frame) {
        match frame.kind {
            Kind::Headers | Kind::Data if frame.ends_stream() => self.end(frame.stream),
            Kind::Headers => {
                if let Some(stream) = self.get(frame.stream) {
                    stream.response_begun = true;
                }
            }
            Kind::Reset => self.end(frame.stream),
            Kind::GoAway => {
                if let Some(last) = frame.last_stream() {
                    self.limit = Some(last);
                    self.open.retain(|stream| stream.id <= last);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, frame: &Frame) {
        self.highest = frame.stream;
        if self.limit.is_some_and(|limit| frame.stream > limit) {
            return;
        }
        self.opened = self.opened.saturating_add(1);
        self.open.push(Stream {
            id: frame.stream,
            request_over: frame.ends_stream(),
            response_begun: false,
        });
    }

    fn end(&mut self, id: u32) {
        if let Ok(at) = self.place(id) {
            self.open.remove(at);
        }
        if self.open.is_empty() && self.open.capacity() > SPARE {
            self.open = Vec::new();
        }
    }

    fn get(&mut self, id: u32) -> Option<&mut Stream> {
        let at = self.place(id).ok()?;
        self.open.get_mut(at)
    }

    fn place(&self, id: u32) -> Result<usize, usize> {
        self.open.binary_search_by_key(&id, |stream| stream.id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::Frames;
    use super::super::frames::tests::frame;
    use super::*;

    const END_STREAM: u8 = 1;
    const END_HEADERS: u8 = 4;

    fn received(streams: &mut Streams, kind: u8, flags: u8, stream: u32) {
        Frames::of_server().each(&frame(kind, flags, stream, &[0; 4]), |frame| {
            streams.received(frame);
        });
    }

    fn sent(streams: &mut Streams, kind: u8, flags: u8, stream: u32) {
        Frames::of_server().each(&frame(kind, flags, stream, &[0; 4]), |frame| {
            streams.sent(frame);
        });
    }

    fn classes(streams: &Streams) -> Vec<Class> {
        streams.classes().collect()
    }

    #[test]
    fn a_stream_lives_from_its_header_to_the_end_of_its_response() {
        let mut streams = Streams::default();
        received(&mut streams, 1, END_HEADERS, 1);
        assert_eq!(classes(&streams), [Class::Body]);
        received(&mut streams, 0, 0, 1);
        assert_eq!(classes(&streams), [Class::Body]);
        received(&mut streams, 0, END_STREAM, 1);
        assert_eq!(classes(&streams), [Class::Handler]);
        sent(&mut streams, 1, END_HEADERS, 1);
        sent(&mut streams, 0, 0, 1);
        assert_eq!(classes(&streams), [Class::Response]);
        sent(&mut streams, 0, END_STREAM, 1);
        assert_eq!((streams.open(), streams.opened()), (0, 1));
    }

    #[test]
    fn trailers_end_a_request_and_a_reset_ends_all() {
        let mut streams = Streams::default();
        received(&mut streams, 1, END_HEADERS, 1);
        received(&mut streams, 1, END_HEADERS | END_STREAM, 3);
        received(&mut streams, 1, END_HEADERS | END_STREAM, 1);
        assert_eq!(classes(&streams), [Class::Handler, Class::Handler]);
        received(&mut streams, 3, 0, 1);
        sent(&mut streams, 3, 0, 3);
        assert_eq!((streams.open(), streams.opened()), (0, 2));
        sent(&mut streams, 3, 0, 3);
        received(&mut streams, 1, END_HEADERS, 3);
        assert_eq!(streams.open(), 0, "what is over does not begin again");
    }

    #[test]
    fn streams_above_the_final_goaway_are_not_the_servers() {
        let mut streams = Streams::default();
        received(&mut streams, 1, END_HEADERS, 1);
        received(&mut streams, 1, END_HEADERS, 3);
        let last = frame(7, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
        Frames::of_server().each(&last, |frame| streams.sent(frame));
        received(&mut streams, 1, END_HEADERS, 5);
        assert_eq!((streams.open(), streams.highest()), (1, 1));
    }
}
