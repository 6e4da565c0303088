"""Starting stores and Brigade, speaking to them, and saying what a store itself cannot do."""
