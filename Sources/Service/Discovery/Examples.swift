// swift-format-ignore-file
// Written by scripts/describe from protocols/transcripts.

/// Calls that were recorded, one a line.
let recordedExamples = #"""
"""#
