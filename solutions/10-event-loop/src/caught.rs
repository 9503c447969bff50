//! What keeps a panic from going further: the futures, drops and wakers of others may panic, and the loop goes on.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use practice::Failure;

/// Calls what others wrote; a panic is a value, and nothing of it is left but its text.
pub(crate) fn caught<T>(foreign: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(foreign)).map_err(|panic| {
        let failure = Failure::panicked(&*panic);
        // What a panic carries may panic when it is dropped; what that one carries is forgotten.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(panic))).map_err(mem::forget);
        failure
    })
}
