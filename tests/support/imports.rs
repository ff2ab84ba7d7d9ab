//! The imports of each source file, read with `syn`, and the file that defines an imported name.

use std::collections::BTreeMap;

use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, MetaList, UseTree, Visibility};

/// A path (for example `crate::session::Millis`), name by name.
pub type Path = Vec<String>;

/// The limit on a chain of `use` bindings. A longer chain counts as endless.
const BINDINGS_MAX: u32 = 16;

/// A path in a file: in a `use`, an expression, a type, an attribute or a macro's tokens.
#[derive(Debug)]
pub struct Import {
    /// The module around the path.
    module: Path,
    path: Path,
    /// Whether this is a `use` with a visibility.
    pub is_reexport: bool,
    /// Whether this is a glob `use`.
    pub is_glob: bool,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
}

impl Import {
    /// The path as written in the file.
    pub fn text(&self) -> String {
        self.path.join("::")
    }
}

/// The target of a path.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A name of this crate, as a path from its root.
    Inside(Path),
    /// A name of another crate, or a single local or prelude name.
    Outside(Path),
}

#[derive(Debug, Default)]
struct Module {
    file: String,
    /// The names that `use` binds here, each with its path as written in the file.
    names: BTreeMap<String, Path>,
}

/// All modules of the crate, and the imports of each file.
#[derive(Debug, Default)]
pub struct Sources {
    modules: BTreeMap<Path, Module>,
    pub imports: BTreeMap<String, Vec<Import>>,
}

impl Sources {
    /// Reads files, each given as its name inside `src/` and its text.
    pub fn read(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut sources = Self::default();
        for (name, text) in files {
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut module: Path = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            module.pop_if(|last| last == "mod" || last == "lib");
            let mut reader =
                Reader { sources: &mut sources, file: name.clone(), module, in_test: false, imports: Vec::new() };
            reader.enter_module();
            reader.visit_file(&file);
            let imports = reader.imports;
            sources.imports.insert(name, imports);
        }
        sources
    }

    /// The target of an import. Only the binding of its first name is followed.
    pub fn target(&self, import: &Import) -> Target {
        self.target_from(&import.module, &import.path, BINDINGS_MAX)
    }

    /// The file that defines an imported name. Re-exports are followed. `None` for a name of another crate.
    pub fn defining_file(&self, import: &Import) -> Option<&str> {
        self.defining_file_from(&import.module, &import.path, BINDINGS_MAX)
    }

    fn target_from(&self, module: &[String], path: &[String], bindings_left: u32) -> Target {
        let Some((first, rest)) = path.split_first() else { return Target::Inside(module.to_vec()) };
        match first.as_str() {
            "crate" | "tidewatch" => return Target::Inside(rest.to_vec()),
            "self" => return Target::Inside([module, rest].concat()),
            "super" => {
                let above = &module[..module.len().saturating_sub(1)];
                let goes_on = rest.first().is_some_and(|next| next == "super");
                let inside = || Target::Inside([above, rest].concat());
                return if goes_on { self.target_from(above, rest, bindings_left) } else { inside() };
            }
            _ => {}
        }
        if self.modules.contains_key(&[module, &path[..1]].concat()) {
            return Target::Inside([module, path].concat());
        }
        let bound = self.modules.get(module).and_then(|module| module.names.get(first));
        match bound.filter(|bound| bound[0] != *first && bindings_left > 0) {
            Some(bound) => self.target_from(module, &[bound, rest].concat(), bindings_left - 1),
            None => Target::Outside(path.to_vec()),
        }
    }

    fn defining_file_from(&self, module: &[String], path: &[String], bindings_left: u32) -> Option<&str> {
        let Target::Inside(path) = self.target_from(module, path, bindings_left) else { return None };
        let modules = (0..=path.len()).rev().find(|names| self.modules.contains_key(&path[..*names]))?;
        let (module, rest) = path.split_at(modules);
        let found = &self.modules[module];
        let bound = rest.first().and_then(|name| found.names.get(name)).filter(|_| bindings_left > 0);
        let Some(bound) = bound else { return Some(&found.file) };
        self.defining_file_from(module, &[bound, &rest[1..]].concat(), bindings_left - 1)
    }
}

/// Collects the imports of one file.
struct Reader<'a> {
    sources: &'a mut Sources,
    file: String,
    module: Path,
    in_test: bool,
    imports: Vec<Import>,
}

impl Reader<'_> {
    fn enter_module(&mut self) {
        let module = Module { file: self.file.clone(), ..Module::default() };
        self.sources.modules.insert(self.module.clone(), module);
    }

    fn found(&mut self, path: Path) {
        self.imports.push(Import {
            module: self.module.clone(),
            path,
            is_reexport: false,
            is_glob: false,
            is_test: self.in_test,
        });
    }

    /// Collects the paths of a `use`.
    fn leaves(&mut self, tree: &UseTree, before: &[String], is_reexport: bool) {
        let joined = |name: &syn::Ident| {
            // `use a::b::{self}` names `a::b`.
            if name == "self" && !before.is_empty() { before.to_vec() } else { [before, &[name.to_string()]].concat() }
        };
        let (path, bound) = match tree {
            UseTree::Path(tree) => return self.leaves(&tree.tree, &joined(&tree.ident), is_reexport),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.leaves(tree, before, is_reexport)),
            UseTree::Glob(_) => (before.to_vec(), None),
            UseTree::Name(name) => (joined(&name.ident), joined(&name.ident).pop()),
            UseTree::Rename(name) => (joined(&name.ident), Some(name.rename.to_string())),
        };
        let is_glob = bound.is_none();
        if let (Some(bound), Some(module)) = (bound, self.sources.modules.get_mut(&self.module)) {
            module.names.insert(bound, path.clone());
        }
        self.imports.push(Import { module: self.module.clone(), path, is_reexport, is_glob, is_test: self.in_test });
    }

    /// Collects the paths in a macro's tokens, for which `syn` has no grammar.
    fn tokens(&mut self, mut at: Cursor<'_>) {
        let mut path = Path::new();
        let mut colons = 0;
        while !at.eof() {
            let is_joined = colons == 2;
            if let Some((name, next)) = at.ident() {
                if !is_joined {
                    self.long_path(std::mem::take(&mut path));
                }
                path.push(name.to_string());
                (at, colons) = (next, 0);
            } else if let Some((_, next)) = at.punct().filter(|(punct, _)| punct.as_char() == ':') {
                (at, colons) = (next, colons + 1);
            } else if let Some((inside, _, _, next)) = at.any_group() {
                self.tokens(inside);
                (at, colons) = (next, 0);
            } else if let Some((_, next)) = at.token_tree() {
                self.long_path(std::mem::take(&mut path));
                (at, colons) = (next, 0);
            }
        }
        self.long_path(path);
    }

    /// Collects a path of several names. A single name is a variable or bound by a `use`.
    fn long_path(&mut self, path: Path) {
        if path.len() > 1 {
            self.found(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let around = self.in_test;
        self.in_test |= is_test(attributes(item));
        visit::visit_item(self, item);
        self.in_test = around;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        let around = self.in_test;
        self.in_test |= is_test(&function.attrs);
        visit::visit_impl_item_fn(self, function);
        self.in_test = around;
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            self.enter_module();
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.leaves(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    /// The path of `pub(in path)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.found(names(attribute.path()));
        visit::visit_attribute(self, attribute);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.long_path(names(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        visit::visit_macro(self, call);
        self.tokens(TokenBuffer::new2(call.tokens.clone()).begin());
    }

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        visit::visit_meta_list(self, list);
        self.tokens(TokenBuffer::new2(list.tokens.clone()).begin());
    }
}

fn names(path: &syn::Path) -> Path {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |list: &MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
    attributes.iter().any(|attribute| attribute.meta.require_list().is_ok_and(is_test))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
