calculator = None


def get_num_microbatches():
    return calculator.get()
