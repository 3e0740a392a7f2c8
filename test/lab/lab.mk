# test/lab
