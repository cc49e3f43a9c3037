//! The line discipline of a terminal: echo, erase, Ctrl-C, Ctrl-D.

/// What typed bytes lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// For the reader.
    pub input: Vec<u8>,
    /// Back on the screen.
    pub echo: Vec<u8>,
    /// Ctrl-C was typed.
    pub interrupt: bool,
    /// Ctrl-D was typed on an empty line.
    pub end: bool,
}

/// A terminal in its usual, line-wise mode.
#[derive(Debug, Clone, Default)]
pub struct Terminal {
    line: Vec<u8>,
}

impl Terminal {
    /// Takes what was typed.
    pub fn type_in(&mut self, data: &[u8]) -> Typed {
        let mut typed = Typed::default();
        for byte in data {
            match byte {
                3 => {
                    self.line.clear();
                    typed.echo.extend(b"^C\n");
                    typed.interrupt = true;
                }
                4 if self.line.is_empty() => typed.end = true,
                4 => typed.input.append(&mut self.line),
                8 | 127 => {
                    while self.line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                    typed.echo.extend(b"\x08 \x08");
                }
                21 => {
                    let erased = self.line.len();
                    self.line.clear();
                    typed.echo.extend(b"\x08 \x08".repeat(erased));
                }
                b'\r' | b'\n' => {
                    typed.input.append(&mut self.line);
                    typed.input.push(b'\n');
                    typed.echo.push(b'\n');
                }
                byte => {
                    self.line.push(*byte);
                    typed.echo.push(*byte);
                }
            }
        }
        typed
    }
}

/// Output as a terminal shows it: line ends with a carriage return.
pub fn shown(data: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(data.len() + 8);
    for byte in data {
        if *byte == b'\n' {
            result.push(b'\r');
        }
        result.push(*byte);
    }
    result
}
