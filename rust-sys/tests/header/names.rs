//! What the headers declare.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::declarations::{crate_dir, Declarations};

pub fn include_dir() -> PathBuf {
    crate_dir().join("native/capi/include")
}

pub fn headers() -> Vec<PathBuf> {
    let dir = include_dir().join("resprout");
    let mut headers: Vec<PathBuf> = fs::read_dir(dir)
        .expect("the headers are there")
        .map(|entry| entry.expect("the headers are there").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "h"))
        .collect();
    headers.sort();
    headers
}

/// The names that the headers declare.
#[derive(Default, Debug, PartialEq)]
pub struct Names {
    pub functions: BTreeSet<String>,
    /// With the names of their fields.
    pub structs: BTreeMap<String, Vec<String>>,
    pub opaque: BTreeSet<String>,
    pub enums: BTreeSet<String>,
    pub aliases: BTreeSet<String>,
    pub constants: BTreeSet<String>,
}

impl Names {
    pub fn of(declarations: &Declarations) -> Self {
        Self {
            functions: declarations.functions.keys().cloned().collect(),
            structs: declarations
                .structs
                .iter()
                .map(|(name, fields)| (name.clone(), fields.iter().map(|field| field.0.clone()).collect()))
                .collect(),
            opaque: declarations.opaque.clone(),
            enums: declarations.enums.clone(),
            aliases: declarations.aliases.keys().cloned().collect(),
            constants: declarations.constants.keys().cloned().collect(),
        }
    }

    pub fn of_headers() -> Self {
        let mut names = Self::default();
        for header in headers() {
            for statement in statements(&preprocessed(&header)) {
                names.read(&statement);
            }
            // Constants that are macros: a name and a value, no parameters. Initialisers of structs are Default in Rust,
            // a text is what a function returns.
            let text = fs::read_to_string(&header).expect("headers are text");
            for line in text.lines().filter_map(|line| line.strip_prefix("#define RSP_")) {
                let (name, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                let is_value = !value.is_empty() && !value.starts_with(['\\', '_', '{', '"']);
                if is_value && !name.contains('(') && !name.ends_with("_INIT") {
                    names.constants.insert(format!("RSP_{name}"));
                }
            }
        }
        let defined: BTreeSet<String> = names.structs.keys().cloned().collect();
        names.opaque.retain(|name| !defined.contains(name));
        names
    }

    /// Takes one declaration in. One of a form that the headers do not use so far fails the test.
    fn read(&mut self, statement: &str) {
        let words: Vec<&str> = statement.split_whitespace().collect();
        match words.as_slice() {
            ["typedef", "enum", name, "{", ..] => {
                self.enums.insert((*name).to_owned());
                let body = statement.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
                let (body, _) = body.expect("an enum has a body");
                self.constants.extend(body.split(',').filter_map(first_identifier));
            }
            ["typedef", "struct", name, "{", ..] | ["struct", name, "{", ..] => {
                let body = statement.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}'));
                let (body, _) = body.expect("a struct has a body");
                let fields = body.split(';').filter(|field| !field.trim().is_empty()).map(field_name);
                self.structs.insert((*name).to_owned(), fields.collect());
            }
            ["typedef", "struct", name, alias] if name == alias => {
                self.opaque.insert((*name).to_owned());
            }
            ["struct", name] => {
                self.opaque.insert((*name).to_owned());
            }
            ["typedef", ..] if statement.contains("(*") => {
                self.aliases.insert(field_name(statement));
            }
            _ if statement.contains('(') && !statement.contains('{') => {
                let head = statement.split('(').next().expect("a split is never empty");
                let name = head.split(|c: char| !is_word(c)).rfind(|word| !word.is_empty());
                self.functions.insert(name.expect("a function has a name").to_owned());
            }
            _ => panic!("a declaration of a form that this test does not know: {statement}"),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn first_identifier(text: &str) -> Option<String> {
    text.split(|c: char| !is_word(c)).find(|word| !word.is_empty()).map(str::to_owned)
}

/// The name in `uint32_t words[5]`, in `void (*drop)(void* payload)`, and in a typedef of such a pointer.
fn field_name(declaration: &str) -> String {
    let declarator = match declaration.split_once("(*") {
        Some((_, rest)) => rest.split(')').next(),
        None => declaration.split('[').next(),
    };
    let word = declarator.and_then(|text| text.split(|c: char| !is_word(c)).rfind(|word| !word.is_empty()));
    word.expect("a field has a name").to_owned()
}

pub fn compiler() -> Command {
    Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

/// What the header itself says, without what it includes, comments and macros.
fn preprocessed(header: &Path) -> String {
    let output = compiler()
        .args(["-std=c11", "-E", "-D__attribute__(x)=", "-I"])
        .arg(include_dir())
        .arg(header)
        .output()
        .expect("there is a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut own = String::new();
    let mut is_own = false;
    for line in String::from_utf8(output.stdout).expect("headers are UTF-8").lines() {
        if let Some(marker) = line.strip_prefix("# ") {
            is_own = marker.split('"').nth(1).is_some_and(|file| Path::new(file) == header);
        } else if is_own {
            own.push_str(line);
            own.push(' ');
        }
    }
    own
}

/// Splits at the semicolons outside braces.
fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut statement = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ';' && depth == 0 {
            found.push(statement.trim().to_owned());
            statement.clear();
        } else {
            statement.push(c);
        }
    }
    assert!(statement.trim().is_empty(), "left over: {statement}");
    found
}
