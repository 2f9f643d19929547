//! Tables of several runs beside each other.

pub mod kill_matrix;
pub mod manager_matrix;
