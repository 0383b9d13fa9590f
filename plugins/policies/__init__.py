"""Attribution plugins: who pays."""
