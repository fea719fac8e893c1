//! From sources to one shared library for one machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::compiler::Compiler;
use crate::language::Language;
use crate::scratch::Scratch;
use crate::target::Target;
use crate::{Error, Kernels, command, depfile};

/// Compiles each source, links the objects, and puts the library into `directory` in one step.
pub(crate) fn build(
    kernels: &Kernels,
    sources: &[(&Path, Language)],
    target: Target,
    find_compiler: &dyn Fn(Language) -> Result<Compiler, Error>,
    directory: &Path,
) -> Result<PathBuf, Error> {
    let languages: BTreeSet<Language> = sources.iter().map(|&(_, language)| language).collect();
    let compilers = languages
        .into_iter()
        .map(|language| Ok((language, find_compiler(language)?)))
        .collect::<Result<BTreeMap<Language, Compiler>, Error>>()?;

    let file_name = target.file_name(kernels.name());
    let scratch = Scratch::beside(directory, &file_name)?;
    let mut objects = Vec::new();
    for (index, (source, language)) in sources.iter().enumerate() {
        // Sources in different directories may have the same name.
        let object = scratch.path().join(format!("{index}.o"));
        compile(kernels, &compilers[language], source, &object)?;
        objects.push(object);
    }

    let linked = scratch.path().join(&file_name);
    if let Some(linker) = compilers.values().next_back() {
        link(kernels, linker, &objects, &file_name, &linked)?;
    }
    let library = directory.join(file_name);
    fs::rename(&linked, &library).map_err(Error::io("move the new library to", &library))?;
    Ok(library)
}

fn compile(kernels: &Kernels, compiler: &Compiler, source: &Path, object: &Path) -> Result<(), Error> {
    kernels.cargo().depends_on_file(source);
    let dependencies = object.with_extension("d");
    // The host's compiler reports the headers of C and C++; those of the Vector Engine variant are the same.
    let tracks_headers = compiler.target == Target::Host && compiler.language != Language::Fortran;

    let mut command = compiler.command();
    command.args(kernels.compile_arguments()).args(kernels.common_arguments(compiler.target));
    if compiler.language == Language::Fortran {
        command.args(compiler.module_directory(object.with_file_name("").as_path()));
    }
    if tracks_headers {
        command.arg("-MMD").arg("-MF").arg(&dependencies);
    }
    command.arg("-c").arg(source).arg("-o").arg(object);

    let action = format!("compiling `{}`", source.display());
    let warnings = command::run(&mut command, compiler, &action)?;
    kernels.cargo().warn(&warnings);
    if tracks_headers {
        let rule = fs::read_to_string(&dependencies).map_err(Error::io("read", &dependencies))?;
        depfile::prerequisites(&rule).iter().for_each(|header| kernels.cargo().depends_on_file(header));
    }
    Ok(())
}

fn link(
    kernels: &Kernels,
    compiler: &Compiler,
    objects: &[PathBuf],
    file_name: &str,
    linked: &Path,
) -> Result<(), Error> {
    let mut command = compiler.command();
    command.arg("-shared");
    if compiler.target == Target::Host {
        command.arg(format!("-Wl,-soname,{file_name}"));
        // A misspelt function is an error now, not when a kernel calls it. Whoever wants it otherwise
        // says `host_flag("-Wl,-z,undefs")`: the last one counts.
        command.arg("-Wl,-z,defs");
    }
    command.args(kernels.common_arguments(compiler.target));
    command.args(objects).arg("-o").arg(linked).args(kernels.library_arguments());

    let warnings = command::run(&mut command, compiler, &format!("linking `{file_name}`"))?;
    kernels.cargo().warn(&warnings);
    Ok(())
}
