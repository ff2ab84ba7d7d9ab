//! Reads a page: its tables, and the code spans in a text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page of Markdown.
pub struct Page {
    /// Its path from the repository's folder.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A table, and where it stands.
pub struct Table {
    /// The code span that the last paragraph before it begins with in bold, as ``**`GET /v1/usage`**``; else the
    /// heading.
    pub about: String,
    /// The first column's title.
    pub first: String,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Page {
    /// Reads a page.
    pub fn open(path: impl AsRef<Path>) -> Self {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        Self { path: path.as_ref().to_owned(), text }
    }

    /// All tables.
    pub fn tables(&self) -> Vec<Table> {
        let mut found = Vec::new();
        let mut about = String::new();
        let mut lines = self.text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix('#') {
                about = String::from(title.trim_start_matches('#').trim());
            } else if line.starts_with("**`") {
                about = codes(line).remove(0);
            } else if line.starts_with('|') {
                let first = cells(line).remove(0);
                lines.next();
                let mut rows = Vec::new();
                while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                    rows.push(cells(row));
                }
                found.push(Table { about: about.clone(), first, rows });
            }
        }
        found
    }

    /// The table about something, by the title of its first column.
    pub fn table(&self, about: &str, first: &str) -> Table {
        let found = self.tables().into_iter().find(|table| table.about == about && table.first == first);
        found.unwrap_or_else(|| {
            panic!("{}: no table about {about:?} whose first column is {first:?}", self.path.display())
        })
    }

    /// The text of a section, up to the next heading.
    pub fn section(&self, title: &str) -> &str {
        let at = self.text.find(&format!("# {title}\n")).unwrap_or_else(|| panic!("no section {title:?}"));
        let rest = &self.text[at + 2..];
        &rest[..rest.find("\n#").unwrap_or(rest.len())]
    }
}

impl Table {
    /// The first code span of each row's first cell. Fails if one stands twice, or a row has none.
    pub fn names(&self) -> BTreeSet<String> {
        let names: Vec<String> = self.rows.iter().map(|row| codes(&row[0]).remove(0)).collect();
        let set: BTreeSet<String> = names.iter().cloned().collect();
        assert_eq!(set.len(), names.len(), "about {}: a name stands twice in {names:?}", self.about);
        set
    }

    /// The row whose first cell has this name.
    pub fn row(&self, name: &str) -> &[String] {
        self.rows.iter().find(|row| codes(&row[0]).contains(&name.to_owned())).unwrap()
    }

    /// The names in the first `{…}` of a row.
    pub fn fields_of(&self, name: &str) -> BTreeSet<String> {
        let spans: Vec<String> = self.row(name)[1..].iter().flat_map(|cell| codes(cell)).collect();
        let braces = spans.iter().find_map(|span| span.strip_prefix('{')?.strip_suffix('}'));
        let braces = braces.unwrap_or_else(|| panic!("about {}: {name} lists no fields", self.about));
        braces.split(',').map(|field| field.trim().to_owned()).collect()
    }
}

/// The texts between backticks.
pub fn codes(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}
