//! Keeps what this process holds out of core dumps and away from debuggers.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Forbids core dumps of this process, and on Linux that another process of the same user reads its
/// memory. Called before a secret is read; stays so until the end. Calling it again changes nothing.
///
/// # Errors
/// When the system refuses.
pub fn forbid_dumps() -> io::Result<()> {
    // The hard limit stays: programs that are started from here hold no key, and may want their dumps.
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        if dumpable_behavior()? != DumpableBehavior::NotDumpable {
            return Err(io::Error::other("the process is still dumpable"));
        }
    }
    Ok(())
}
