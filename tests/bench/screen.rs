//! Contents of an X display, asked of its server over the socket: one row of pixels, and how often anything was drawn;
//! and its pointer. Knows neither windows nor programs, so that it measures what a person would see.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A connection to the display.
pub struct Screen {
    stream: UnixStream,
    root: u32,
    width: u16,
    height: u16,
    /// First id that this client may give.
    first_id: u32,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn refused(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, message.to_owned())
}

impl Screen {
    /// Connects to the display of the environment. Works on local displays that ask for no cookie, such as Xvfb.
    pub fn of_display() -> io::Result<Self> {
        let display = std::env::var("DISPLAY").map_err(|_| refused("DISPLAY is not set"))?;
        let number = display.strip_prefix(':').and_then(|rest| rest.split('.').next());
        let number = number.ok_or_else(|| refused("DISPLAY is not a local display"))?;
        let mut stream = UnixStream::connect(format!("/tmp/.X11-unix/X{number}"))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        // Little-endian, protocol 11.0, no authorisation.
        stream.write_all(&[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        if head[0] != 1 {
            return Err(refused("the display asks for a cookie"));
        }
        let mut setup = vec![0; usize::from(u16_at(&head, 6)) * 4];
        stream.read_exact(&mut setup)?;
        let vendor = usize::from(u16_at(&setup, 16)).next_multiple_of(4);
        let screen = 32 + vendor + usize::from(setup[21]) * 8;
        Ok(Self {
            stream,
            root: u32_at(&setup, screen),
            width: u16_at(&setup, screen + 20),
            height: u16_at(&setup, screen + 22),
            first_id: u32_at(&setup, 4),
        })
    }

    /// Sends a request: opcode, second byte, and the rest in units of four bytes.
    fn send(&mut self, opcode: u8, second: u8, rest: &[u8]) -> io::Result<()> {
        let length = u16::try_from(rest.len() / 4 + 1).map_err(|_| refused("too long"))?;
        let mut request = vec![opcode, second];
        request.extend(length.to_le_bytes());
        request.extend(rest);
        self.stream.write_all(&request)
    }

    /// Reads the next reply, passing over events.
    fn reply(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let mut head = [0; 32];
            self.stream.read_exact(&mut head)?;
            match head[0] {
                0 => return Err(refused("the display refused a request")),
                1 => {
                    let mut reply = head.to_vec();
                    reply.resize(32 + u32_at(&head, 4) as usize * 4, 0);
                    self.stream.read_exact(&mut reply[32..])?;
                    return Ok(reply);
                }
                _ => {}
            }
        }
    }

    /// Returns the pixels of the row in the middle.
    pub fn middle_row(&mut self) -> io::Result<Vec<u32>> {
        self.pixels(0, self.height / 2, self.width)
    }

    /// Returns so many pixels of a row, from this position on.
    pub fn pixels(&mut self, x: u16, y: u16, width: u16) -> io::Result<Vec<u32>> {
        let mut rest = self.root.to_le_bytes().to_vec();
        for number in [x, y, width, 1] {
            rest.extend(number.to_le_bytes());
        }
        rest.extend(u32::MAX.to_le_bytes());
        self.send(73, 2, &rest)?;
        let reply = self.reply()?;
        Ok(reply[32..].chunks_exact(4).map(|pixel| u32_at(pixel, 0) & 0x00FF_FFFF).collect())
    }

    /// Moves the pointer to this position, as a mouse would.
    pub fn move_pointer(&mut self, x: u16, y: u16) -> io::Result<()> {
        let mut rest = 0_u32.to_le_bytes().to_vec();
        rest.extend(self.root.to_le_bytes());
        for number in [0, 0, 0, 0, x, y] {
            rest.extend(number.to_le_bytes());
        }
        self.send(41, 0, &rest)
    }

    /// Asks for a notice of everything that is drawn from now on (extension DAMAGE).
    pub fn watch(&mut self) -> io::Result<()> {
        let name = b"DAMAGE\0\0";
        let mut rest = 6_u16.to_le_bytes().to_vec();
        rest.extend([0, 0]);
        rest.extend(name);
        self.send(98, 0, &rest)?;
        let reply = self.reply()?;
        if reply[8] == 0 {
            return Err(refused("the display has no DAMAGE extension"));
        }
        let opcode = reply[9];
        self.send(opcode, 0, &[1, 0, 0, 0, 1, 0, 0, 0])?;
        self.reply()?;
        let mut rest = self.first_id.to_le_bytes().to_vec();
        rest.extend(self.root.to_le_bytes());
        // Level 0: each rectangle as it is drawn.
        rest.extend([0, 0, 0, 0]);
        self.send(opcode, 1, &rest)?;
        // The first notice says that the whole screen was drawn at some time before.
        self.stream.read_exact(&mut [0; 32])
    }

    /// Returns the number of things drawn until this time has passed.
    pub fn drawn_within(&mut self, time: Duration) -> io::Result<u32> {
        let end = std::time::Instant::now() + time;
        let mut drawn = 0;
        let mut event = [0; 32];
        let mut filled = 0;
        loop {
            let left = end.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                self.stream.set_read_timeout(Some(Duration::from_secs(5)))?;
                return Ok(drawn);
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut event[filled..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => filled += read,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            if filled == event.len() {
                filled = 0;
                drawn += u32::from(event[0] > 1);
            }
        }
    }
}
