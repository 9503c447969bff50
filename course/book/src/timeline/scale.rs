//! Where things stand in a picture: a moment along the time axis, and a strip within its row.

/// Where the strip of a lane begins within its row, and how high it is.
pub(crate) const STRIP: (u32, u32) = (17, 18);

/// Where a moment stands along the time axis.
pub(crate) struct Scale {
    /// What the full width stands for, in microseconds.
    pub(crate) length: u64,
}

impl Scale {
    /// A moment in percent of the width; the margins leave room for half a mark.
    pub(crate) fn x(&self, us: u64) -> f64 {
        2.0 + 96.0 * us as f64 / self.length as f64
    }
}
