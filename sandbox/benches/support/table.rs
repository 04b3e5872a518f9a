//! A table in Markdown, aligned so that it reads without being rendered too.

pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(header: &[&str]) -> Self {
        Self {
            header: header.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// A row that is short is filled up with empty cells.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn to_markdown(&self) -> String {
        let rule = self.widths().map(|width| "-".repeat(width)).collect();
        let head = [self.header.clone(), rule];
        let lines: Vec<String> = head
            .iter()
            .chain(&self.rows)
            .map(|cells| self.line(cells))
            .collect();
        lines.join("\n")
    }

    fn widths(&self) -> impl Iterator<Item = usize> {
        (0..self.header.len()).map(|column| {
            let all = std::iter::once(&self.header).chain(&self.rows);
            let lengths = all.map(|row| row.get(column).map_or(0, |cell| cell.chars().count()));
            lengths.max().unwrap_or(0)
        })
    }

    fn line(&self, cells: &[String]) -> String {
        let padded: Vec<String> = self
            .widths()
            .enumerate()
            .map(|(column, width)| {
                let cell = cells.get(column).map_or("", String::as_str);
                format!("{cell:width$}")
            })
            .collect();
        format!("| {} |", padded.join(" | "))
    }
}
