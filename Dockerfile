# One image: by default it migrates and serves; `sstic worker` is the other command.
FROM python:3.11-slim
RUN useradd --create-home sstic
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY matching matching
COPY sstic sstic
COPY migrations migrations
COPY seed_data seed_data
RUN pip install --no-cache-dir --no-deps --editable . && mkdir /data && chown sstic /data
USER sstic
ENV SSTIC_DATA_DIR=/data SSTIC_HOST=0.0.0.0
EXPOSE 8000
CMD ["sh", "-c", "sstic migrate && exec sstic serve"]
