//! Finds what is judged (managers, multi-instance tools, faulty ones) and the testbed that it is judged on.

pub mod copied_into_image;
pub mod faulty;
pub mod faulty_fake;
pub mod manager;
pub mod multi_tool;
pub mod named_managers;
pub mod testbed_choice;
