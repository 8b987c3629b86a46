"""Filled by fake_allocator.install."""
