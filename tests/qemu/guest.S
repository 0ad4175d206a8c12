/* A guest in fifty instructions: says "up" on its serial line and echoes what comes, sleeps at an s, lets go of PCI devices
 * and of its second processor when asked and turns off when its power button is pressed.
 *
 * A multiboot kernel for PC machines with ACPI registers where SeaBIOS puts them.
 */
.section .header, "a"
    .align 4
    .long 0x1badb002, 0, -0x1badb002

.text
.globl _start
_start:
    mov $0x600, %dx /* PM1 status: clear what is pending */
    mov $0xffff, %ax
    out %ax, %dx
    mov $0x602, %dx /* PM1 enable: the power button */
    mov $0x100, %ax
    out %ax, %dx
    mov $0x3f8, %dx
    mov $'u', %al
    out %al, %dx
    mov $'p', %al
    out %al, %dx
    mov $'\n', %al
    out %al, %dx
    mov $0xaf00, %dx /* processors are spoken of the newer way */
    xor %eax, %eax
    out %eax, %dx
wait:
    pause
    mov $0x3fd, %dx /* what is typed comes back */
    in %dx, %al
    test $1, %al
    jz slots
    mov $0x3f8, %dx
    in %dx, %al
    out %al, %dx
    cmp $'s', %al /* and an s puts it to sleep */
    jne slots
    mov $0x604, %dx
    mov $0x2400, %ax
    out %ax, %dx
slots:
    mov $0xae04, %dx /* PCI slots to be let go */
    in %dx, %eax
    test %eax, %eax
    jz power
    mov $0xae08, %dx /* let them go */
    out %eax, %dx
power:
    mov $0xaf00, %dx /* the second processor, */
    mov $1, %eax
    out %eax, %dx
    mov $0xaf04, %dx
    in %dx, %al
    test $4, %al /* if it is to be let go, too */
    jz button
    mov $8, %al
    out %al, %dx
button:
    mov $0x600, %dx
    in %dx, %ax
    test $0x100, %ax
    jz wait
    mov $0x604, %dx /* PM1 control: sleep type 0, sleep */
    mov $0x2000, %ax
    out %ax, %dx
    jmp wait
