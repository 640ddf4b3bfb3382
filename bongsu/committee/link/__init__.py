"""Link: who should supply whom."""
