import BPF
import Testing
