"""What can be wrong with a target: found by the doctor, and made in the sandbox to practise on."""
